'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { OverlapChoice } from '@/components/keys/overlap-choice'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { ClockTime } from '@/components/ui/time'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { AppActions } from './app-actions'
import { AppLine } from './app-line'
import type { AppRow } from './app-row'

interface Props extends AppActions {
  open: boolean
  onClose: () => void
  row: AppRow
  onIssued: (app: AppRow, secret: string) => void
}

/** Gives an app a new secret. While two secrets work already, the old one has to end first. */
export function RotateSecretDialog({ open, onClose, row, onIssued, rotateSecretAction, endOverlapAction }: Props) {
  const router = useRouter()
  const [overlap, setOverlap] = useState('86400')
  const { send, pending, problem } = useAsk()
  const old = row.secrets[1]?.endsAt

  const rotate = () =>
    send(
      () => onceSure(() => rotateSecretAction({ clientId: row.id, overlapSeconds: Number(overlap) })),
      ({ app, secret }) => onIssued(app, secret),
      // What was refused may have been done in another tab: show the app as it is now.
      ({ code }) => code === 'conflict' && router.refresh(),
    )
  const endOverlap = () => send(() => endOverlapAction({ clientId: row.id }))

  return (
    <Dialog open={open} onClose={onClose} pending={pending} title="Rotate secret" description={<AppLine row={row} />}>
      <DialogBody>
        {problem}
        {old ? (
          <Notice tone="warn" title="Two secrets of this app work already">
            The old one works until <ClockTime value={old} />. End it before you rotate.
          </Notice>
        ) : (
          <OverlapChoice value={overlap} onValueChange={setOverlap} />
        )}
      </DialogBody>
      <DialogFooter note={consequence(row, old !== undefined && old !== null, overlap)}>
        <DialogClose />
        {old ? (
          <Button variant="danger" pending={pending} onClick={endOverlap}>
            End old secret
          </Button>
        ) : (
          <Button variant="primary" pending={pending} onClick={rotate}>
            Rotate
          </Button>
        )}
      </DialogFooter>
    </Dialog>
  )
}

function consequence({ name }: AppRow, overlapping: boolean, overlap: string): string {
  if (overlapping) return 'Where the app still sends the old secret, it is refused at once.'
  if (overlap === '0') return `${name} gets no more tokens until it has the new secret. Tokens it has go on working.`
  return `${name} needs the new secret before the old one ends. People stay connected.`
}

'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import { Holder } from './holder'
import { newIdempotencyKey } from './key-actions'
import type { DialogProps } from './key-acts'
import type { KeyRow } from './key-row'
import { LastUsed } from './last-used'
import { OverlapChoice } from './overlap-choice'
import { OverlapText } from './overlap-text'
import { childrenText, useChildren } from './use-children'

type Props = DialogProps & { row: KeyRow; onIssued: (key: KeyRow, secret: string) => void }

/** Gives a key a new secret. While two secrets work already, the old one has to end first. */
export function RegenerateKeyDialog({ open, onClose, row, onIssued, ...actions }: Props) {
  const router = useRouter()
  const [idempotencyKey, setIdempotencyKey] = useState(newIdempotencyKey)
  const [overlap, setOverlap] = useState('0')
  const [lost, setLost] = useState(false)
  const childrenWords = childrenText(useChildren(row.id, actions.readChildrenAction))
  /** Null until the reader decides: then it follows the choice of the overlap. */
  const [endsChildren, setEndsChildren] = useState<boolean | null>(null)
  const endChildren = endsChildren ?? overlap === '0'
  const { send, pending, problem } = useAsk()

  const regenerate = () =>
    send(
      () =>
        onceSure(() =>
          actions.regenerateKeyAction({ keyId: row.id, overlapSeconds: Number(overlap), endChildren, idempotencyKey }),
        ),
      ({ key, secret }) => {
        if (secret) return onIssued(key, secret)
        setLost(true)
        setIdempotencyKey(newIdempotencyKey())
      },
      // What was refused may have been done in another tab: show the key as it is now.
      ({ code }) => code === 'conflict' && router.refresh(),
    )
  const endOverlap = () => send(() => actions.endOverlapAction({ keyId: row.id }))

  return (
    <Dialog open={open} onClose={onClose} pending={pending} title="Regenerate key" description={<Holder row={row} />}>
      <DialogBody>
        {problem}
        {lost && (
          <Notice tone="warn" title="The key was regenerated, but its new secret did not arrive">
            The new secret was sent once and is lost. Regenerate once more to get another one.
          </Notice>
        )}
        {row.overlap ? (
          <Notice tone="warn" title="Two secrets of this key work already">
            <OverlapText overlap={row.overlap} /> End it before you regenerate.
          </Notice>
        ) : (
          <>
            <OverlapChoice value={overlap} onValueChange={setOverlap} bound="never longer than the key" />
            {childrenWords && (
              <Checkbox
                label={`Also end the ${childrenWords} that this key created`}
                description="Keys are revoked and apps disabled. Do this if the secret may have leaked: it may have created them."
                checked={endChildren}
                onChange={(event) => setEndsChildren(event.target.checked)}
              />
            )}
          </>
        )}
      </DialogBody>
      <DialogFooter
        note={
          <>
            <p>{consequence(row, overlap)}</p>
            <p className="text-quiet text-sm">
              <LastUsed row={row} />
            </p>
          </>
        }
      >
        <DialogClose />
        {row.overlap ? (
          <Button variant="danger" pending={pending} onClick={endOverlap}>
            End old secret
          </Button>
        ) : (
          <Button variant="primary" pending={pending} onClick={regenerate}>
            Regenerate
          </Button>
        )}
      </DialogFooter>
    </Dialog>
  )
}

function consequence(row: KeyRow, overlap: string): string {
  const holder = row.thirdParty?.name ?? 'Whoever holds it'
  if (row.overlap) return 'Whoever still sends the old secret is refused at once.'
  if (overlap === '0') return `${holder} loses access at once, until they have the new secret.`
  return `Label, scopes and history stay. ${holder} needs the new secret before the old one ends.`
}

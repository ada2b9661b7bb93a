'use client'

import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { useAsk } from '@/components/ui/use-ask'
import { countText } from '@/components/ui/words'
import { onceSure } from '@/components/users/confirm-identity'
import type { AppActions } from './app-actions'
import { AppLine } from './app-line'
import type { AppRow } from './app-row'

interface Props extends AppActions {
  open: boolean
  onClose: () => void
  row: AppRow
  onDone: () => void
}

/** Stops an app and all its tokens, until it is enabled again. Says first how many people it concerns. */
export function DisableAppDialog({ open, onClose, row, onDone, disableAction }: Props) {
  const { send, pending, problem } = useAsk()
  const disable = () => send(() => onceSure(() => disableAction({ clientId: row.id })), onDone)
  return (
    <Dialog open={open} onClose={onClose} pending={pending} title="Disable app" description={<AppLine row={row} />}>
      {/* No form: Enter, still held down from the menu, must not disable. */}
      <DialogBody>
        {problem}
        {row.people > 0 ? (
          <Notice tone="warn" title={`${countText(row.people, 'person uses', 'people use')} this app`}>
            What it does for them stops.
          </Notice>
        ) : (
          <p>It is connected to nobody.</p>
        )}
      </DialogBody>
      <DialogFooter
        note={`${row.name} gets no more tokens, and those it has are refused at once. What people allowed is kept for when you enable it again.`}
      >
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={disable}>
          Disable app
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

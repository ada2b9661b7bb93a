'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import { Holder } from './holder'
import type { DialogProps } from './key-acts'
import type { KeyRow } from './key-row'
import { isInUse, LastUsed } from './last-used'
import { childrenText, useChildren } from './use-children'

type Props = Pick<DialogProps, 'open' | 'onClose' | 'revokeKeyAction' | 'readChildrenAction'> & {
  row: KeyRow
  onDone: (key: KeyRow) => void
}

/** Ends a key for good. Says first who holds it and whether it is in use. */
export function RevokeKeyDialog({ open, onClose, row, onDone, revokeKeyAction, readChildrenAction }: Props) {
  const children = childrenText(useChildren(row.id, readChildrenAction))
  const [reason, setReason] = useState('')
  const { send, pending, errors, problem } = useAsk('reason')
  const revoke = () =>
    send(
      () => onceSure(() => revokeKeyAction({ keyId: row.id, reason: reason.trim() || null })),
      ({ key }) => onDone(key),
    )
  return (
    <Dialog open={open} onClose={onClose} pending={pending} title="Revoke key" description={<Holder row={row} />}>
      {/* No form: Enter, still held down from the menu, must not revoke. */}
      <DialogBody>
        {problem}
        {isInUse(row) ? (
          <Notice tone="warn" title="This key is in use">
            <LastUsed row={row} /> What runs on it stops.
          </Notice>
        ) : (
          <p>
            <LastUsed row={row} />
          </p>
        )}
        {children && (
          <Notice tone="warn" title="Other credentials stop with it">
            This key created {children}, which will stop working too.
          </Notice>
        )}
        <Field label="Reason" optional error={errors.reason} description="Kept in the history of the key.">
          <Input value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" />
        </Field>
      </DialogBody>
      <DialogFooter
        note={`${row.thirdParty?.name ?? 'Whoever holds the key'} will lose access at once. This cannot be undone.`}
      >
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={revoke}>
          Revoke key
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

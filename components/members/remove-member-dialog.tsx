'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { MemberActions, MemberRow } from './member-actions'
import { MemberLine } from './member-line'

/** Removes a member. Whoever removes them decides what becomes of the keys that they answer for. */
export function RemoveMemberDialog({
  open,
  onClose,
  slug,
  row,
  removeAction,
  onDone,
}: Pick<MemberActions, 'removeAction'> & {
  open: boolean
  onClose: () => void
  slug: string
  row: MemberRow
  onDone: () => void
}) {
  const [keys, setKeys] = useState<'keep' | 'revoke'>('keep')
  const { send, pending, problem } = useAsk()
  const remove = () => send(() => onceSure(() => removeAction({ slug, userId: row.userId, keys })), onDone)
  const one = row.keys === 1
  const it = one ? 'it' : 'them'
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      title="Remove member"
      description={<MemberLine name={row.name} email={row.email} />}
    >
      {/* No form: Enter, still held down from the menu, must not remove. */}
      <DialogBody>
        {problem}
        {row.keys === 0 ? (
          <p>{row.name} answers for no key here. Apps that they answer for pass to you.</p>
        ) : (
          <Choice
            layout="list"
            label={`What becomes of the ${one ? 'key' : `${row.keys} keys`} that ${row.name} answers for`}
            name="keys"
            value={keys}
            onValueChange={(value) => setKeys(value === 'revoke' ? 'revoke' : 'keep')}
            options={[
              {
                value: 'keep',
                label: `Keep ${it}`,
                description: `${one ? 'It goes' : 'They go'} on working, and you answer for ${it} from now on.`,
              },
              {
                value: 'revoke',
                label: `Revoke ${it}`,
                description: `Whoever holds ${one ? 'it' : 'one'} loses access at once. This cannot be undone.`,
              },
            ]}
            description={`If ${row.name} knows the secret of a key, revoke or regenerate it. Apps that they answer for pass to you.`}
          />
        )}
      </DialogBody>
      <DialogFooter note={`${row.name} loses access to this project at once, in open sessions too.`}>
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={remove}>
          Remove
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

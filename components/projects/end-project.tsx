'use client'

import { useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { ConfirmDialog, Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { toast, toastThere } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import { isSameName } from '@/lib/deletion/input'

type Ended = { leave: string }

/** Leaves a project, and with it the keys that one answers for. */
export function LeaveProject({
  slug,
  name,
  keys,
  leaveAction,
}: {
  slug: string
  name: string
  /** How many keys the reader answers for. */
  keys: number
  leaveAction: Action<{ slug: string }, Ended>
}) {
  const [isOpen, setOpen] = useState(false)
  const [pending, act] = useAct()
  const leave = () =>
    act(async () => {
      const { data, error } = await ask(leaveAction({ slug }))
      setOpen(false)
      if (error) return void toast.error(error.message)
      toastThere(`You left ${name}.`)
      window.location.assign(data.leave)
    })
  return (
    <>
      <Button onClick={() => setOpen(true)}>Leave project</Button>
      <ConfirmDialog
        open={isOpen}
        onClose={() => setOpen(false)}
        title={`Leave ${name}?`}
        confirmLabel="Leave project"
        destructive
        pending={pending}
        onConfirm={leave}
      >
        {keys === 0
          ? 'You lose access at once. An owner can invite you again.'
          : `You lose access at once, and the ${keys === 1 ? 'key that you answer for is' : `${keys} keys that you answer for are`} refused until another member takes over.`}
      </ConfirmDialog>
    </>
  )
}

/** Deletes a project once its name was typed. */
export function DeleteProject({
  slug,
  name,
  deleteAction,
}: {
  slug: string
  name: string
  deleteAction: Action<{ slug: string; name: string }, Ended>
}) {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const { send, pending, setError, errors, problem } = useAsk('name')
  const end = () =>
    send(
      () => onceSure(() => deleteAction({ slug, name: typed })),
      ({ leave }) => {
        toastThere(`${name} was deleted.`)
        window.location.assign(leave)
      },
    )
  return (
    <>
      <Button
        className="text-danger-ink!"
        onClick={() => {
          setTyped('')
          setError(null)
          setOpen(true)
        }}
      >
        Delete project
      </Button>
      <Dialog
        open={isOpen}
        onClose={() => setOpen(false)}
        pending={pending}
        title="Delete project"
        description={<strong className="wrap-anywhere font-semibold text-ink">{name}</strong>}
      >
        {/* No form: Enter in the field must not delete. */}
        <DialogBody>
          {problem}
          <Field label="Name of the project" error={errors.name} description={`Type “${name}” to go on.`}>
            <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
          </Field>
        </DialogBody>
        <DialogFooter note="Every key and app of it ends at once, for all members. Its history stays with the site’s admins. This cannot be undone.">
          <DialogClose />
          <Button variant="danger" pending={pending} disabled={!isSameName(typed, name)} onClick={end}>
            Delete project
          </Button>
        </DialogFooter>
      </Dialog>
    </>
  )
}

'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'

/** Accepts an invitation as whoever is signed in. */
export function AcceptForm({
  token,
  email,
  summary,
  action,
}: {
  token: string
  email: string
  /** What the role is for. */
  summary: string
  action: FormAction
}) {
  const { form, problem, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      <p>
        {summary} You are signed in as <strong className="wrap-anywhere font-semibold">{email}</strong>.
      </p>
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Joining">
        Accept invitation
      </Button>
    </form>
  )
}

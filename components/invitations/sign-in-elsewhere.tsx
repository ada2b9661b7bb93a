import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

/** Said to somebody who is signed in with another address than the one that was invited. */
export function SignInElsewhere({
  invited,
  email,
  here,
  signOutAction,
}: {
  invited: string
  email: string
  /** The path of the invitation, to come back to. */
  here: string
  signOutAction: (form: FormData) => Promise<void>
}) {
  return (
    <form action={signOutAction} className="flex flex-col gap-4">
      <input type="hidden" name="here" value={here} />
      <Notice tone="warn" title="This invitation is for another address">
        It was sent to <span className="wrap-anywhere font-semibold">{invited}</span>, and you are signed in as{' '}
        <span className="wrap-anywhere font-semibold">{email}</span>.
      </Notice>
      <Button type="submit" variant="primary">
        Use another account
      </Button>
    </form>
  )
}

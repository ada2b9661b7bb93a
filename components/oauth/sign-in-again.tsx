import { Button } from '@/components/ui/button'

/** Leads from a request for access to signing in, and from there back to it at `next`. A plain form, good without scripts. */
export function SignInAgain({
  next,
  label,
  quiet,
  action,
}: {
  next: string
  label: string
  quiet?: boolean
  action: (form: FormData) => Promise<void>
}) {
  return (
    <form action={action}>
      <input type="hidden" name="next" value={next} />
      <Button type="submit" variant={quiet ? 'quiet' : 'primary'} size={quiet ? 'sm' : 'md'}>
        {label}
      </Button>
    </form>
  )
}

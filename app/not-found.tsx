import { Logo } from '@/components/shell/logo'
import { ButtonLink } from '@/components/ui/button'

export const metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-100 flex-col items-start justify-center gap-4 px-4 py-12">
      <Logo />
      <h1 className="text-balance font-semibold text-2xl tracking-tight">There is nothing here</h1>
      <p className="text-quiet">
        The page does not exist, or it belongs to a project that you are not a member of. Check the address, or start
        from your own keys.
      </p>
      <ButtonLink href="/" variant="primary">
        Go to your keys
      </ButtonLink>
    </main>
  )
}

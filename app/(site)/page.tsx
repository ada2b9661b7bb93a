import { redirect } from 'next/navigation'
import { KeysDrawing } from '@/components/keys/keys-drawing'
import { Logo } from '@/components/shell/logo'
import { ButtonLink } from '@/components/ui/button'
import { currentUser } from '@/lib/auth'
import { readPolicy } from '@/lib/policy/read'
import { lastProject } from '@/lib/projects/remember'

/** What this is, for who is signed out; the keys of the last project for who is signed in. */
export default async function FrontPage() {
  const user = await currentUser()
  if (user) {
    const project = await lastProject(user)
    redirect(project ? `/projects/${project.slug}/keys` : '/projects/new')
  }
  const { signUp } = await readPolicy()
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-296 flex-col px-8 max-md:px-4">
      <header className="flex h-16 items-center justify-between">
        <Logo />
        <ButtonLink href="/docs" variant="quiet">
          Docs
        </ButtonLink>
      </header>
      <main className="grid grow items-center gap-x-16 gap-y-10 pt-6 pb-24 md:grid-cols-2 max-md:content-center">
        <div>
          <h1 className="text-balance font-semibold text-2xl tracking-tight">One key for each third party</h1>
          <p className="mt-4 max-w-120 text-pretty text-lg text-quiet">
            Latchkey gives everybody who calls your API a key of their own, with their name on its tag. You see which
            key was used, when and from where. If one leaks, you cut off that one, and everybody else goes on working.
          </p>
          <div className="mt-8 flex flex-wrap gap-2">
            <ButtonLink href="/sign-in" variant="primary">
              Sign in
            </ButtonLink>
            {signUp === 'open' && <ButtonLink href="/sign-up">Sign up</ButtonLink>}
          </div>
        </div>
        <div className="grid place-items-center rounded-surface border bg-surface px-6 py-12 max-md:order-first max-md:py-8 [&>svg]:h-auto [&>svg]:w-full [&>svg]:max-w-105">
          <KeysDrawing />
        </div>
      </main>
    </div>
  )
}

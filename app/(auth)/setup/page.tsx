import type { Metadata } from 'next'
import { AuthCard } from '@/components/shell/auth-card'
import { TextLink } from '@/components/ui/text-link'
import { SignUpForm } from '@/components/users/sign-up-form'
import { isSetUpOpen } from '@/lib/users/first-admin'
import { setUpAction } from '../actions'

export const metadata: Metadata = { title: 'Set up Latchkey' }

/** Where the link leads that the server prints while there is no admin. */
export default async function SetUpPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  const { token } = await searchParams
  if (typeof token !== 'string' || !(await isSetUpOpen(token))) {
    return (
      <AuthCard title="This link no longer works" footer={<TextLink href="/sign-in">Sign in</TextLink>}>
        <p>
          A set-up link makes the first admin: once, and within 24 hours. If there is no admin yet, start the server
          again; it then prints a new link.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard title="Set up Latchkey" description="This account is the first admin. The link works once.">
      <SignUpForm hidden={{ token }} action={setUpAction} />
    </AuthCard>
  )
}

import type { Metadata } from 'next'
import { AuthCard } from '@/components/shell/auth-card'
import { ButtonLink } from '@/components/ui/button'
import { TextLink } from '@/components/ui/text-link'
import { ResetPasswordForm } from '@/components/users/reset-password-form'
import { readReset } from '@/lib/recovery/reset-password'
import { resetPasswordAction } from './actions'

export const metadata: Metadata = { title: 'Set a new password' }

type Props = { searchParams: Promise<Record<'token' | 'done', string | string[] | undefined>> }

/** Where the link in the mail leads. Looking at it uses nothing up. */
export default async function ResetPasswordPage({ searchParams }: Props) {
  const { token, done } = await searchParams
  if (done !== undefined) {
    return (
      <AuthCard title="Password set">
        <p>You were signed out everywhere. Sign in with the new password.</p>
        <ButtonLink href="/sign-in" variant="primary" className="mt-4 w-full">
          Sign in
        </ButtonLink>
      </AuthCard>
    )
  }
  const reset = typeof token === 'string' ? await readReset(token) : null
  if (!reset) {
    return (
      <AuthCard title="This link no longer works" footer={<TextLink href="/sign-in">Back to sign in</TextLink>}>
        <p>
          It works once, for 30 minutes, and only while it is the newest.{' '}
          <TextLink href="/forgot-password">Ask for a new link</TextLink>.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard
      title="Set a new password"
      description={
        reset.keys
          ? `For ${reset.email}, which nobody has verified yet. Sign-ins, two-step methods, linked accounts, connected apps, registered apps and invitations from before end.`
          : `For ${reset.email}. It signs you out everywhere.`
      }
    >
      <ResetPasswordForm token={String(token)} reset={reset} action={resetPasswordAction} />
    </AuthCard>
  )
}

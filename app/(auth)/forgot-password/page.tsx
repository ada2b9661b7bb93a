import type { Metadata } from 'next'
import { AuthCard } from '@/components/shell/auth-card'
import { TextLink } from '@/components/ui/text-link'
import { ForgotPasswordForm } from '@/components/users/forgot-password-form'
import { requestResetAction } from './actions'

export const metadata: Metadata = { title: 'Set a new password' }

type Props = { searchParams: Promise<{ sent?: string | string[] }> }

export default async function ForgotPasswordPage({ searchParams }: Props) {
  const { sent } = await searchParams
  const footer = <TextLink href="/sign-in">Back to sign in</TextLink>
  if (sent !== undefined) {
    return (
      <AuthCard title="Check your mail" footer={footer}>
        <p>
          If there is an account with that address, a link to set a new password is on its way to it. The link works
          once, for 30 minutes. Nothing there after a while? Look among the spam, then{' '}
          <TextLink href="/forgot-password">try again</TextLink>.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard
      title="Set a new password"
      description="We send a link to the address that you sign in with."
      footer={footer}
    >
      <ForgotPasswordForm action={requestResetAction} />
    </AuthCard>
  )
}

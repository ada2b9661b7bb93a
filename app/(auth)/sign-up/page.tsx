import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthCard } from '@/components/shell/auth-card'
import { TextLink } from '@/components/ui/text-link'
import { ExternalButtons } from '@/components/users/external-buttons'
import { OtherWays } from '@/components/users/passkey-button'
import { SignUpForm } from '@/components/users/sign-up-form'
import { currentUser } from '@/lib/auth'
import { listProviders } from '@/lib/identities/providers'
import { nextPath } from '@/lib/next-path'
import { readPolicy } from '@/lib/policy/read'
import { signUpAction } from '../actions'
import { signInElsewhereAction } from '../external-actions'

export const metadata: Metadata = { title: 'Create your account' }

export default async function SignUpPage({
  searchParams,
}: {
  searchParams: Promise<Record<'next' | 'sent', string | string[] | undefined>>
}) {
  const query = await searchParams
  const next = nextPath(query.next)
  if (await currentUser()) redirect(next)
  const { signUp } = await readPolicy()
  const providers = listProviders()
  const signInPath = next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`
  if (signUp === 'closed') {
    return (
      <AuthCard title="Sign-up is closed" footer={<TextLink href={signInPath}>Sign in</TextLink>}>
        <p>Nobody can create an account here by themselves. Ask an admin of this site for one.</p>
      </AuthCard>
    )
  }
  if (signUp === 'invite') {
    return (
      <AuthCard title="Sign-up is by invitation" footer={<TextLink href={signInPath}>Sign in</TextLink>}>
        <p>Open the link in the mail that invites you. Without one, ask an owner of the project you want to join.</p>
      </AuthCard>
    )
  }
  if (query.sent !== undefined) {
    return (
      <AuthCard title="Check your email" footer={<TextLink href="/sign-in">Back to sign in</TextLink>}>
        <p>
          We sent you a link. Open it in this browser to finish and to sign in. It works once, for 24 hours. Nothing
          there after a while? Check your spam folder, then <TextLink href="/sign-up">try again</TextLink>.
        </p>
      </AuthCard>
    )
  }
  return (
    <AuthCard
      title="Create your account"
      description="You get a project of your own to keep keys in."
      footer={
        <>
          Have an account? <TextLink href={signInPath}>Sign in</TextLink>
        </>
      }
    >
      <SignUpForm hidden={{ next }} action={signUpAction} />
      {providers.length > 0 && (
        <OtherWays>
          <ExternalButtons
            providers={providers}
            verb="Continue with"
            next={next}
            signInElsewhereAction={signInElsewhereAction}
          />
        </OtherWays>
      )}
    </AuthCard>
  )
}

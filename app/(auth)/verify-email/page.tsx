import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { AuthCard } from '@/components/shell/auth-card'
import { ButtonLink } from '@/components/ui/button'
import { TextLink } from '@/components/ui/text-link'
import { FinishSignUpForm } from '@/components/users/finish-sign-up-form'
import { VerifyEmailForm } from '@/components/users/verify-email-form'
import { currentUser } from '@/lib/auth'
import { readSignUp, signUpCookie } from '@/lib/users/sign-up'
import { readProof } from '@/lib/users/verify-email'
import { finishSignUpAction, proveAddressAction } from './actions'

export const metadata: Metadata = { title: 'Verify your address' }

type Props = { searchParams: Promise<Record<'token' | 'done', string | string[] | undefined>> }

/** Where the link in the mail leads. It asks before it acts: programs that check mail for viruses open every link. */
export default async function VerifyEmailPage({ searchParams }: Props) {
  const { token, done } = await searchParams
  if (done !== undefined) {
    const changed = done === 'changed'
    return (
      <AuthCard title={changed ? 'Address changed' : 'Address verified'}>
        <p>{changed ? 'From now on you sign in with it.' : 'It is yours. There is nothing more to do.'}</p>
        <ButtonLink href="/" variant="primary" className="mt-4 w-full">
          Continue
        </ButtonLink>
      </AuthCard>
    )
  }
  const proof = typeof token === 'string' ? await readProof(token) : null
  if (!proof) return finishOrTooLate(token)
  const user = await currentUser()
  if (user?.userId !== proof.userId) return signInFirst(String(token), proof, user !== null)
  return (
    <AuthCard
      title={proof.isNew ? 'Confirm your new address' : 'Verify your address'}
      description={
        proof.isNew
          ? `You will sign in with ${proof.email}, and mail will go there.`
          : `This says that ${proof.email} is yours.`
      }
    >
      <VerifyEmailForm
        token={String(token)}
        label={proof.isNew ? 'Confirm address' : 'Verify address'}
        action={proveAddressAction}
      />
    </AuthCard>
  )
}

/** The link of an account to be; or of nothing any more. */
async function finishOrTooLate(token: unknown) {
  const secret = (await cookies()).get(signUpCookie())?.value
  const asked = typeof token === 'string' ? await readSignUp(token, secret) : null
  if (!asked) {
    return (
      <AuthCard title="This link no longer works">
        <p>It works once, for 24 hours, and only while it is the newest. Sign in to have another one sent.</p>
        <ButtonLink href="/account" className="mt-4 w-full">
          Open your account
        </ButtonLink>
      </AuthCard>
    )
  }
  return (
    <AuthCard
      title="Verify your address"
      description={
        asked.isSameBrowser
          ? `This creates your account for ${asked.email} and signs you in.`
          : `This creates an account for ${asked.email}. You opened the link in another browser, so choose the password here.`
      }
    >
      <FinishSignUpForm
        token={String(token)}
        email={asked.email}
        asksPassword={!asked.isSameBrowser}
        action={finishSignUpAction}
      />
    </AuthCard>
  )
}

/** Opening the mail is not enough: somebody else may have made the account that it is about. */
function signInFirst(token: string, { email, isNew }: { email: string; isNew: boolean }, signedIn: boolean) {
  const next = encodeURIComponent(`/verify-email?token=${token}`)
  return (
    <AuthCard
      title={isNew ? 'Confirm your new address' : 'Verify your address'}
      description={
        signedIn
          ? 'You are signed in to another account. Sign out, sign in to the one that this link is for, and open it again.'
          : `To say that ${email} is yours, sign in to the account that this link is for.`
      }
      footer={
        isNew ? (
          'If you did not ask for this, close this page. Nothing changes.'
        ) : (
          <>
            You did not create this account? <TextLink href="/forgot-password">Set a new password</TextLink> to make it
            yours. Everything made in it before then ends.
          </>
        )
      }
    >
      <ButtonLink href={signedIn ? '/account' : `/sign-in?next=${next}`} variant="primary" className="w-full">
        {signedIn ? 'Open your account' : 'Sign in'}
      </ButtonLink>
    </AuthCard>
  )
}

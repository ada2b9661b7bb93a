import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthCard } from '@/components/shell/auth-card'
import { Notice } from '@/components/ui/notice'
import { TextLink } from '@/components/ui/text-link'
import { OtherWays, PasskeyButton } from '@/components/users/passkey-button'
import { SignInForm } from '@/components/users/sign-in-form'
import { currentUser, halfSignedIn } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { readPolicy } from '@/lib/policy/read'
import { passkeysWork } from '@/lib/second-factor/passkeys'
import { signInAction } from '../actions'
import { secondStepPath } from '../lead'
import { passkeyOptionsAction, signInByPasskeyAction } from './actions'

export const metadata: Metadata = { title: 'Sign in' }

type Query = Record<'next' | 'callbackUrl' | 'error', string | string[] | undefined>

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  // next-auth calls it `callbackUrl` when it sends somebody here.
  const next = nextPath(query.next ?? query.callbackUrl)
  if (await currentUser()) redirect(next)
  if (await halfSignedIn()) redirect(secondStepPath(next))
  const { signUp } = await readPolicy()
  return (
    <AuthCard
      title="Sign in to Latchkey"
      footer={
        signUp === 'open' && (
          <>
            No account yet?{' '}
            <TextLink href={next === '/' ? '/sign-up' : `/sign-up?next=${encodeURIComponent(next)}`}>Sign up</TextLink>
          </>
        )
      }
    >
      {query.error && (
        <div className="mb-4">
          <Notice tone="danger">Signing in did not work. Try again here.</Notice>
        </div>
      )}
      <SignInForm next={next} signInAction={signInAction} />
      {passkeysWork() && (
        <OtherWays>
          <PasskeyButton
            label="Use a passkey"
            next={next}
            passkeyOptionsAction={passkeyOptionsAction}
            passkeyAction={signInByPasskeyAction}
          />
        </OtherWays>
      )}
    </AuthCard>
  )
}

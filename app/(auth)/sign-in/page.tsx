import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthCard } from '@/components/shell/auth-card'
import { Notice } from '@/components/ui/notice'
import { TextLink } from '@/components/ui/text-link'
import { ExternalButtons } from '@/components/users/external-buttons'
import { OtherWays, PasskeyButton } from '@/components/users/passkey-button'
import { SignInForm } from '@/components/users/sign-in-form'
import { currentUser, halfSignedIn } from '@/lib/auth'
import { listProviders } from '@/lib/identities/providers'
import { nextPath } from '@/lib/next-path'
import { readPolicy } from '@/lib/policy/read'
import { passkeysWork } from '@/lib/second-factor/passkeys'
import { signInAction } from '../actions'
import { signInElsewhereAction } from '../external-actions'
import { secondStepPath } from '../lead'
import { passkeyOptionsAction, signInByPasskeyAction } from './actions'

export const metadata: Metadata = { title: 'Sign in' }

type Query = Record<'next' | 'callbackUrl' | 'error' | 'refused', string | string[] | undefined>

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  // next-auth calls it `callbackUrl` when it sends somebody here.
  const next = nextPath(query.next ?? query.callbackUrl)
  if (await currentUser()) redirect(next)
  if (await halfSignedIn()) redirect(secondStepPath(next))
  const { signUp } = await readPolicy()
  const providers = listProviders()
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
      {query.refused && (
        <div className="mb-4">
          <Notice tone="info">{refusals.get(String(query.refused)) ?? CANNOT_ENTER}</Notice>
        </div>
      )}
      <SignInForm next={next} signInAction={signInAction} />
      {(passkeysWork() || providers.length > 0) && (
        <OtherWays>
          {passkeysWork() && (
            <PasskeyButton
              label="Use a passkey"
              next={next}
              passkeyOptionsAction={passkeyOptionsAction}
              passkeyAction={signInByPasskeyAction}
            />
          )}
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

/** Why signing in elsewhere came to nothing here. */
const refusals = new Map([
  ['link', 'There is an account with your address already. Sign in to it, then say whether to link the other one.'],
  ['unverified', 'The other site does not say that your address is verified, so it cannot be used to sign in here.'],
  ['closed', 'There is no account for you here, and nobody can make one by themselves. Ask an admin of this site.'],
  [
    'uninvited',
    'Accounts here are by invitation, and none waits for your address at the other site. Use the account there that has the address which was invited, or ask for another invitation.',
  ],
])

const CANNOT_ENTER = 'This account cannot be signed in to.'

import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthCard } from '@/components/shell/auth-card'
import { OtherWays, PasskeyButton } from '@/components/users/passkey-button'
import { SecondStepForm } from '@/components/users/second-step-form'
import { currentUser, halfSignedIn } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { factorsOf } from '@/lib/second-factor/list'
import { passkeysWork } from '@/lib/second-factor/passkeys'
import { codeAction, finishByPasskeyAction, ownPasskeyOptionsAction, startOverAction } from './actions'

export const metadata: Metadata = { title: 'Second step' }

/** Asks those who gave the right password for the second step. Everybody else is led on. */
export default async function SecondStepPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  const next = nextPath((await searchParams).next)
  const half = await halfSignedIn()
  if (!half) redirect((await currentUser()) ? next : `/sign-in?next=${encodeURIComponent(next)}`)
  const { passkey, authenticator } = await factorsOf(half.userId)
  return (
    <AuthCard
      title="One more step"
      description={`To sign in as ${half.email}, prove that it is you.`}
      footer={
        <form action={startOverAction}>
          <button type="submit" className="underline underline-offset-2 hover:text-ink">
            Start over
          </button>
        </form>
      }
    >
      <SecondStepForm next={next} authenticator={authenticator} codeAction={codeAction} />
      {passkey && passkeysWork() && (
        <OtherWays>
          <PasskeyButton
            label="Use a passkey"
            next={next}
            passkeyOptionsAction={ownPasskeyOptionsAction}
            passkeyAction={finishByPasskeyAction}
          />
        </OtherWays>
      )}
    </AuthCard>
  )
}

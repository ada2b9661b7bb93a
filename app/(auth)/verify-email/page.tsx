import type { Metadata } from 'next'
import { AuthCard } from '@/components/shell/auth-card'
import { ButtonLink } from '@/components/ui/button'
import { VerifyEmailForm } from '@/components/users/verify-email-form'
import { readProof } from '@/lib/users/verify-email'
import { proveAddressAction } from './actions'

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
  if (!proof) {
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

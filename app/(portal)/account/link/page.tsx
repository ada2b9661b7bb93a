import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { PageHead } from '@/components/shell/page-head'
import { LinkForm } from '@/components/users/link-form'
import { requireUser } from '@/lib/auth'
import { claimCookie, readClaim } from '@/lib/identities/claim'
import { providerName } from '@/lib/identities/providers'
import { linkIdentityAction } from '../identity-actions'

export const metadata: Metadata = { title: 'Link an account' }

/** Asks whether an account elsewhere, which somebody in this browser has just signed in to, is the person's own. */
export default async function LinkPage() {
  const user = await requireUser('/account/link')
  const claim = readClaim((await cookies()).get(claimCookie())?.value)
  if (!claim) redirect('/account')
  const name = providerName(claim.provider)
  return (
    <>
      <PageHead title={`Link your ${name} account`} />
      <LinkForm
        email={user.email}
        provider={name}
        account={claim.email ?? claim.name ?? claim.subject}
        subject={claim.subject}
        linkIdentityAction={linkIdentityAction}
      />
    </>
  )
}

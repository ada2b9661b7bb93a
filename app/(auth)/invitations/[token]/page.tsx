import type { Metadata } from 'next'
import { AcceptForm } from '@/components/invitations/accept-form'
import { InvitedSignUpForm } from '@/components/invitations/invited-sign-up-form'
import { SignInElsewhere } from '@/components/invitations/sign-in-elsewhere'
import { AuthCard } from '@/components/shell/auth-card'
import { TextLink } from '@/components/ui/text-link'
import { DateText } from '@/components/ui/time'
import { ExternalButtons } from '@/components/users/external-buttons'
import { OtherWays } from '@/components/users/passkey-button'
import { currentUser } from '@/lib/auth'
import { listProviders } from '@/lib/identities/providers'
import { readInvitation } from '@/lib/invitations/read'
import { readPolicy } from '@/lib/policy/read'
import { roleWords } from '@/lib/projects/roles'
import { signInElsewhereAction } from '../../external-actions'
import { acceptAction, signOutHereAction, signUpInvitedAction } from './actions'

export const metadata: Metadata = { title: 'Invitation' }

/** Where the link of an invitation leads: it is accepted by its own address only, or begins an account with it. */
export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const [invitation, user, { signUp }] = await Promise.all([readInvitation(token), currentUser(), readPolicy()])
  if (!invitation) {
    return (
      <AuthCard title="This invitation no longer works" footer={<TextLink href="/">Open Latchkey</TextLink>}>
        <p>It was used or withdrawn, or is older than seven days. Ask whoever invited you for another one.</p>
      </AuthCard>
    )
  }
  const description = (
    <>
      {invitation.invitedBy} invites you as {roleWords[invitation.role].one}, until{' '}
      <DateText value={invitation.expiresAt} />.
    </>
  )
  const here = `/invitations/${token}`
  if (user && user.email !== invitation.email) {
    return (
      <AuthCard title={`Join ${invitation.project}`} description={description}>
        <SignInElsewhere invited={invitation.email} email={user.email} here={here} signOutAction={signOutHereAction} />
      </AuthCard>
    )
  }
  if (user) {
    return (
      <AuthCard title={`Join ${invitation.project}`} description={description}>
        <AcceptForm
          token={token}
          email={user.email}
          summary={roleWords[invitation.role].summary}
          action={acceptAction}
        />
      </AuthCard>
    )
  }
  const providers = listProviders()
  const signIn = <TextLink href={`/sign-in?next=${encodeURIComponent(here)}`}>Sign in</TextLink>
  return (
    <AuthCard title={`Join ${invitation.project}`} description={description} footer={<>Have an account? {signIn}</>}>
      {signUp === 'closed' ? (
        <p>Sign in with the account of {invitation.email} to accept.</p>
      ) : (
        <>
          <InvitedSignUpForm token={token} email={invitation.email} action={signUpInvitedAction} />
          {providers.length > 0 && (
            <OtherWays>
              <ExternalButtons
                providers={providers}
                verb="Continue with"
                next={here}
                signInElsewhereAction={signInElsewhereAction}
              />
            </OtherWays>
          )}
        </>
      )}
    </AuthCard>
  )
}

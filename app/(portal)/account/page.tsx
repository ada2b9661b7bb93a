import type { Metadata } from 'next'
import { PageHead } from '@/components/shell/page-head'
import { ButtonLink } from '@/components/ui/button'
import { Section } from '@/components/ui/card'
import { Notice } from '@/components/ui/notice'
import { RenameForm } from '@/components/ui/rename-form'
import { TextLink } from '@/components/ui/text-link'
import { ChangeEmailForm } from '@/components/users/change-email-form'
import { ChangePasswordForm } from '@/components/users/change-password-form'
import { IdentitiesList } from '@/components/users/identities-list'
import { MailForm } from '@/components/users/mail-form'
import { SecondFactorsList } from '@/components/users/second-factors'
import { SessionsList } from '@/components/users/sessions-list'
import { requireUser } from '@/lib/auth'
import { listIdentities } from '@/lib/identities/link'
import { listProviders, providerKey } from '@/lib/identities/providers'
import { listSecondFactors } from '@/lib/second-factor/list'
import { passkeysWork } from '@/lib/second-factor/passkeys'
import { deviceName } from '@/lib/sessions/device'
import { listSessions } from '@/lib/sessions/list'
import { readEmailChange } from '@/lib/users/change-email'
import { hasPassword } from '@/lib/users/confirm'
import { MIN_PASSWORD, MIN_PASSWORD_OF_TWO } from '@/lib/users/input'
import { readMailChoices } from '@/lib/users/mail-preferences'
import { isAddressProved } from '@/lib/users/verify-email'
import { signInElsewhereAction } from '../../(auth)/external-actions'
import {
  cancelEmailChangeAction,
  changeEmailAction,
  changePasswordAction,
  endSessionAction,
  renameAction,
  setMailAction,
  signOutElsewhereAction,
} from './actions'
import { unlinkIdentityAction } from './identity-actions'
import {
  addPasskeyAction,
  beginAuthenticatorAction,
  beginPasskeyAction,
  confirmAuthenticatorAction,
  removeFactorAction,
  renewCodesAction,
} from './second-factor-actions'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage({ searchParams }: { searchParams: Promise<{ needed?: string }> }) {
  const user = await requireUser('/account')
  const { needed } = await searchParams
  const [sessions, proved, waitingEmail, mailChoices, factors, ownPassword, identities] = await Promise.all([
    listSessions(user),
    isAddressProved(user),
    readEmailChange(user),
    readMailChoices(user),
    listSecondFactors(user),
    hasPassword(user),
    listIdentities(user),
  ])
  const linkable = listProviders().filter(({ id }) => !identities.some(({ provider }) => provider === providerKey(id)))
  const twoSteps = factors.passkeys.length > 0 || factors.authenticatorSince !== null
  const leastPassword = twoSteps ? MIN_PASSWORD_OF_TWO : MIN_PASSWORD
  return (
    <>
      <PageHead title="Account" inTopBar />
      <div>
        <Section title="You" description="Your name stands beside the keys you create and in the history of each.">
          <RenameForm name={user.name} autoComplete="name" action={renameAction} />
        </Section>
        <Section title="Email" description="You sign in with this address, and mail about your keys goes to it.">
          <ChangeEmailForm
            email={user.email}
            verified={proved}
            waiting={waitingEmail}
            changeEmailAction={changeEmailAction}
            cancelEmailChangeAction={cancelEmailChangeAction}
          />
        </Section>
        <Section title="Password" description={ownPassword && 'Changing it signs you out everywhere else.'}>
          {ownPassword ? (
            <ChangePasswordForm
              email={user.email}
              leastPassword={leastPassword}
              changePasswordAction={changePasswordAction}
            />
          ) : (
            <p>
              Your account has none. <TextLink href="/forgot-password">Set one by a link</TextLink> that we send to your
              address.
            </p>
          )}
        </Section>
        <Section
          id="second-step"
          title="Two-step sign-in"
          description="Something you have besides the password you know. Whoever learns your password alone cannot get in."
        >
          {needed === 'second-step' && !twoSteps && (
            <div className="mb-4">
              <Notice tone="warn" title="Admins of this site need a second factor">
                Add one here, then open the admin view again.
              </Notice>
            </div>
          )}
          <SecondFactorsList
            factors={factors}
            passkeysWork={passkeysWork()}
            hasPassword={ownPassword}
            beginAuthenticatorAction={beginAuthenticatorAction}
            confirmAuthenticatorAction={confirmAuthenticatorAction}
            beginPasskeyAction={beginPasskeyAction}
            addPasskeyAction={addPasskeyAction}
            removeFactorAction={removeFactorAction}
            renewCodesAction={renewCodesAction}
          />
        </Section>
        {(identities.length > 0 || linkable.length > 0) && (
          <Section title="Linked accounts" description="Accounts at other sites that you sign in here with.">
            <IdentitiesList
              identities={identities}
              providers={linkable}
              signInElsewhereAction={signInElsewhereAction}
              unlinkIdentityAction={unlinkIdentityAction}
            />
          </Section>
        )}
        <Section id="mail" title="Mail" description="What is about getting into your account is always sent.">
          <MailForm choices={mailChoices} isAdmin={user.isAdmin} setMailAction={setMailAction} />
        </Section>
        <Section
          title="Sessions"
          description="Where you are signed in. If you do not recognise one, sign it out and change your password."
        >
          <SessionsList
            sessions={sessions.map(({ userAgent, ...session }) => ({ ...session, device: deviceName(userAgent) }))}
            endSessionAction={endSessionAction}
            signOutElsewhereAction={signOutElsewhereAction}
          />
        </Section>
        <Section title="Delete account" description="Ends your account, and the projects that nobody else is in.">
          <ButtonLink href="/account/delete" className="text-danger-ink!">
            Delete account
          </ButtonLink>
        </Section>
      </div>
    </>
  )
}

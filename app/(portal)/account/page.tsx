import type { Metadata } from 'next'
import { PageHead } from '@/components/shell/page-head'
import { Section } from '@/components/ui/card'
import { ChangeEmailForm } from '@/components/users/change-email-form'
import { ChangePasswordForm } from '@/components/users/change-password-form'
import { MailForm } from '@/components/users/mail-form'
import { RenameForm } from '@/components/users/rename-form'
import { SessionsList } from '@/components/users/sessions-list'
import { requireUser } from '@/lib/auth'
import { deviceName } from '@/lib/sessions/device'
import { listSessions } from '@/lib/sessions/list'
import { listUnwantedMail } from '@/lib/users/mail-preferences'
import { isAddressProved } from '@/lib/users/verify-email'
import {
  changeEmailAction,
  changePasswordAction,
  endSessionAction,
  renameAction,
  setMailAction,
  signOutElsewhereAction,
} from './actions'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage() {
  const user = await requireUser('/account')
  const [sessions, proved, unwantedMail] = await Promise.all([
    listSessions(user),
    isAddressProved(user),
    listUnwantedMail(user),
  ])
  return (
    <>
      <PageHead title="Account" />
      <div>
        <Section title="You" description="Your name stands beside the keys you create and in the history of each.">
          <RenameForm name={user.name} renameAction={renameAction} />
        </Section>
        <Section title="Email" description="You sign in with this address, and mail about your keys goes to it.">
          <ChangeEmailForm email={user.email} verified={proved} changeEmailAction={changeEmailAction} />
        </Section>
        <Section title="Password" description="Changing it signs you out everywhere else.">
          <ChangePasswordForm email={user.email} changePasswordAction={changePasswordAction} />
        </Section>
        <Section id="mail" title="Mail" description="What is about getting into your account is always sent.">
          <MailForm unwanted={unwantedMail} setMailAction={setMailAction} />
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
      </div>
    </>
  )
}

import type { Metadata } from 'next'
import { PageHead } from '@/components/shell/page-head'
import { Section } from '@/components/ui/card'
import { ChangePasswordForm } from '@/components/users/change-password-form'
import { RenameForm } from '@/components/users/rename-form'
import { SessionsList } from '@/components/users/sessions-list'
import { requireUser } from '@/lib/auth'
import { deviceName } from '@/lib/sessions/device'
import { listSessions } from '@/lib/sessions/list'
import { changePasswordAction, endSessionAction, renameAction, signOutElsewhereAction } from './actions'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage() {
  const user = await requireUser('/account')
  const sessions = await listSessions(user)
  return (
    <>
      <PageHead title="Account" />
      <div>
        <Section title="You" description="Your name stands beside the keys you create and in the history of each.">
          <RenameForm name={user.name} email={user.email} renameAction={renameAction} />
        </Section>
        <Section title="Password" description="Changing it signs you out everywhere else.">
          <ChangePasswordForm email={user.email} changePasswordAction={changePasswordAction} />
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

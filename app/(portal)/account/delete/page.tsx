import type { Metadata } from 'next'
import { PageHead } from '@/components/shell/page-head'
import { AccountTies } from '@/components/users/account-ties'
import { DeleteAccountForm } from '@/components/users/delete-account-form'
import { requireUser } from '@/lib/auth'
import { accountTies } from '@/lib/deletion/account-ties'
import { hasPassword } from '@/lib/users/confirm'
import { deleteAccountAction } from './actions'

export const metadata: Metadata = { title: 'Delete account' }

export default async function DeleteAccountPage() {
  const user = await requireUser('/account/delete')
  const [ties, ownPassword] = await Promise.all([accountTies(user), hasPassword(user)])
  const isBlocked = ties.some(({ fate }) => fate === 'blocked')
  return (
    <>
      <PageHead title="Delete account" back={{ href: '/account', label: 'Account' }}>
        You are signed out everywhere, and no app keeps access to your account. Your name stays beside what you did in
        projects of others.
      </PageHead>
      <div className="flex max-w-140 flex-col gap-6">
        <AccountTies ties={ties} />
        {!isBlocked && (
          <DeleteAccountForm email={user.email} hasPassword={ownPassword} deleteAccountAction={deleteAccountAction} />
        )}
      </div>
    </>
  )
}

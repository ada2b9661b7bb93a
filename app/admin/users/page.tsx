import { loadUsersQuery } from '@/components/admin/users-query'
import { UsersView } from '@/components/admin/users-view'
import { requireAdmin } from '@/lib/auth'
import { searchUsers } from '@/lib/users/search'
import { fromStart } from '../from-start'
import { adminTitle } from '../title'
import {
  disableUserAction,
  enableUserAction,
  makeAdminAction,
  removeAdminAction,
  resetSecondFactorAction,
  signOutEverywhereAction,
} from './actions'

export const generateMetadata = adminTitle('Users')

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function UsersPage({ searchParams }: Props) {
  const user = await requireAdmin()
  const { q, show, cursor } = await loadUsersQuery(searchParams)
  const page = await fromStart(cursor, (cursor) => searchUsers(user, { q: q.slice(0, 200), show, limit: 50, cursor }))
  return (
    <UsersView
      rows={page.data}
      self={user.userId}
      nextCursor={page.nextCursor}
      previousCursor={page.previousCursor}
      makeAdminAction={makeAdminAction}
      removeAdminAction={removeAdminAction}
      disableUserAction={disableUserAction}
      enableUserAction={enableUserAction}
      resetSecondFactorAction={resetSecondFactorAction}
      signOutEverywhereAction={signOutEverywhereAction}
    />
  )
}

import { loadSiteKeysQuery } from '@/components/admin/keys-query'
import { toSiteKeyRow } from '@/components/admin/site-key-row'
import { SiteKeysView } from '@/components/admin/site-keys-view'
import { requireAdmin } from '@/lib/auth'
import { searchKeys } from '@/lib/keys/search'
import { fromStart } from '../from-start'
import { adminTitle } from '../title'
import { findKeyAction, readChildrenAction, revokeKeyAction } from './actions'

export const generateMetadata = adminTitle('Keys')

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AdminKeysPage({ searchParams }: Props) {
  const user = await requireAdmin()
  const { q, status, sort, cursor } = await loadSiteKeysQuery(searchParams)
  const page = await fromStart(cursor, (cursor) =>
    searchKeys(user, { q: q.slice(0, 200), status, sort, limit: 50, cursor }),
  )
  return (
    <SiteKeysView
      rows={page.data.map(toSiteKeyRow)}
      cut={page.cut}
      nextCursor={page.nextCursor}
      previousCursor={page.previousCursor}
      revokeKeyAction={revokeKeyAction}
      readChildrenAction={readChildrenAction}
      findKeyAction={findKeyAction}
    />
  )
}

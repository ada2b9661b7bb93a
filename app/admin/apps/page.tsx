import { loadAppsQuery } from '@/components/admin/apps-query'
import { toSiteAppRow } from '@/components/admin/site-app-row'
import { SiteAppsView } from '@/components/admin/site-apps-view'
import { searchApps } from '@/lib/apps/search'
import { requireAdmin } from '@/lib/auth'
import { fromStart } from '../from-start'
import { adminTitle } from '../title'
import { disableAction, enableAction, markAction, renameAction } from './actions'

export const generateMetadata = adminTitle('Apps')

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AdminAppsPage({ searchParams }: Props) {
  const user = await requireAdmin()
  const { q, show, cursor } = await loadAppsQuery(searchParams)
  const page = await fromStart(cursor, (cursor) => searchApps(user, { q: q.slice(0, 200), show, limit: 50, cursor }))
  return (
    <SiteAppsView
      rows={page.data.map(toSiteAppRow)}
      nextCursor={page.nextCursor}
      previousCursor={page.previousCursor}
      markAction={markAction}
      renameAction={renameAction}
      disableAction={disableAction}
      enableAction={enableAction}
    />
  )
}

import { loadAuditQuery } from '@/components/admin/audit-query'
import { AuditView } from '@/components/admin/audit-view'
import { auditHeadOf, searchAudit } from '@/lib/audit/search'
import { requireAdmin } from '@/lib/auth'
import { fromStart } from '../from-start'
import { adminTitle } from '../title'
import { filterOf } from './audit-filter'

export const generateMetadata = adminTitle('Audit log')

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AuditPage({ searchParams }: Props) {
  const user = await requireAdmin()
  const query = await loadAuditQuery(searchParams)
  const filter = filterOf(query)
  const [page, head] = await Promise.all([
    fromStart(query.cursor, (cursor) => searchAudit(user, { ...filter, cursor, limit: 50 })),
    auditHeadOf(user),
  ])
  return <AuditView events={page.data} head={head} nextCursor={page.nextCursor} previousCursor={page.previousCursor} />
}

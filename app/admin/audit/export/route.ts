import type { NextRequest } from 'next/server'
import { loadAuditQuery } from '@/components/admin/audit-query'
import { searchAudit } from '@/lib/audit/search'
import { actingAdmin } from '@/lib/auth'
import { auditDownload } from '../audit-download'
import { filterOf } from '../audit-filter'

/** All events of the site that pass the filter of the page. */
export async function GET(request: NextRequest): Promise<Response> {
  const user = await actingAdmin()
  const filter = filterOf(loadAuditQuery(request))
  return auditDownload(request, 'audit', (page) => searchAudit(user, { ...filter, ...page }))
}

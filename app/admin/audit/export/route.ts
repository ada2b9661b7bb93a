import type { NextRequest } from 'next/server'
import { auditFilterSchema } from '@/lib/audit/search'
import { actingAdmin } from '@/lib/auth'
import { beginExport } from '@/lib/exports/begin'
import { exportAudit } from '@/lib/exports/pages'
import { exportFilter } from '../../export-filter'
import { sureFirst } from '../../sure-first'
import { auditDownload } from '../audit-download'

/** All events of the site that pass the filter of the page. */
export async function GET(request: NextRequest): Promise<Response> {
  const user = await actingAdmin()
  const { filter, refusal } = exportFilter(request.nextUrl.searchParams, auditFilterSchema, ['format'])
  if (refusal) return refusal
  await sureFirst(request, beginExport(user, 'audit', filter))
  return auditDownload(request, 'audit', (page) => exportAudit(user, filter, page))
}

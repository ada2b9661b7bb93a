import 'server-only'
import type { AuditQuery } from '@/components/admin/audit-query'
import { type AuditFilter, auditFilterSchema } from '@/lib/audit/search'

/** The filter that an address asks for; what makes no sense in it is left out. */
export function filterOf({ cursor: _, ...query }: AuditQuery): AuditFilter {
  const whole = auditFilterSchema.safeParse(query)
  return whole.data ?? auditFilterSchema.parse({ result: query.result })
}

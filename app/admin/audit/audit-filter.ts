import 'server-only'
import type { AuditQuery } from '@/components/admin/audit-query'
import { type AuditFilter, auditFilterSchema } from '@/lib/audit/search'

/** The filter that a page's address asks for; a field that makes no sense is left out, alone. */
export function filterOf({ cursor: _, ...query }: AuditQuery): AuditFilter {
  const { error } = auditFilterSchema.safeParse(query)
  const wrong = new Set(error?.issues.map(({ path: [field] }) => field))
  return auditFilterSchema.parse(Object.fromEntries(Object.entries(query).filter(([field]) => !wrong.has(field))))
}

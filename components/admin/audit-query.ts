import { createLoader, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { parseAsLine } from '@/components/ui/parse-line'

/** The state of the audit log as its URL holds it. Values at their default do not appear there. */
export const auditQuery = {
  actor: parseAsLine.withDefault(''),
  action: parseAsLine.withDefault(''),
  target: parseAsLine.withDefault(''),
  project: parseAsLine.withDefault(''),
  result: parseAsStringLiteral(['any', 'allowed', 'refused']).withDefault('any'),
  from: parseAsLine.withDefault(''),
  to: parseAsLine.withDefault(''),
  cursor: parseAsLine,
}

export const loadAuditQuery = createLoader(auditQuery)

export type AuditQuery = Awaited<ReturnType<typeof loadAuditQuery>>

/** The log with this state, as a link. */
export const auditHref = createSerializer(auditQuery)

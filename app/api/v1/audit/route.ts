import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { followAudit, followAuditSchema } from '@/lib/audit/follow'

export const GET = endpoint(hasScope('audit:read'), async (call) => {
  const query = call.query(followAuditSchema)
  // An admin who names no project asks about the whole site.
  const everything = call.actor.kind === 'user' && call.actor.isAdmin && !call.names('project')
  return json(await followAudit(call.actor, everything ? null : await call.projectId(), query))
})

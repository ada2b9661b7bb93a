import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { followAudit, followAuditSchema, mayFollowSite } from '@/lib/audit/follow'

export const GET = endpoint(hasScope('audit:read'), async (call) => {
  const query = call.query(followAuditSchema)
  // Who may see the whole site and names no project asks about all of it.
  const everything = mayFollowSite(call.actor) && !call.names('project')
  return json(await followAudit(call.actor, everything ? null : await call.projectId(), query))
})

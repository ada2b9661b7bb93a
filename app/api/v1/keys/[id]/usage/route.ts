import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { readUsage, usageSchema } from '@/lib/usage/read'

export const GET = endpoint(hasScope('usage:read'), async (call) =>
  json(await readUsage(call.actor, call.params.id, call.query(usageSchema).days)),
)

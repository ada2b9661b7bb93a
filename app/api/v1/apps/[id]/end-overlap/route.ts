import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'

export const POST = endpoint(hasScope('apps:write'), async (call) =>
  json(await endClientSecretOverlap(call.actor, call.params.id)),
)

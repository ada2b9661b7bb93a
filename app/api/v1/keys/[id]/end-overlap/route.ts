import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { endOverlap } from '@/lib/keys/end-overlap'

export const POST = endpoint(hasScope('keys:write'), async (call) => json(await endOverlap(call.actor, call.params.id)))

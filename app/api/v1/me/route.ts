import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { describeIdentity } from '@/lib/api/me'
import { anyOf, viaKey, viaSession } from '@/lib/api/policy'

export const GET = endpoint(anyOf(viaKey, viaSession), async (call) => json(await describeIdentity(call)))

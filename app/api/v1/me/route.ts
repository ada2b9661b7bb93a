import { json } from '@/lib/api/answer'
import { describe } from '@/lib/api/describe'
import { endpoint } from '@/lib/api/endpoint'
import { anyOf, viaBasic, viaKey, viaOAuth, viaSession } from '@/lib/api/policy'

export const GET = endpoint(anyOf(viaKey, viaOAuth, viaBasic, viaSession), async (call) => json(describe(call)))

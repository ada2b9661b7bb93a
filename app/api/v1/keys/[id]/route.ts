import { json, noContent } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { anyOf, hasScope, viaKey } from '@/lib/api/policy'
import { getKey } from '@/lib/keys/get'
import { revokeKeySchema, updateKeySchema } from '@/lib/keys/input'
import { revokeKey } from '@/lib/keys/revoke'
import { updateKey } from '@/lib/keys/update'

export const GET = endpoint(hasScope('keys:read'), async (call) => json(await getKey(call.actor, call.params.id)))

export const PATCH = endpoint(hasScope('keys:write'), async (call) =>
  json(await updateKey(call.actor, call.params.id, await call.json(updateKeySchema))),
)

// A key may always end itself, so the scope is asked by the verb, which knows which key is meant.
export const DELETE = endpoint(anyOf(viaKey, hasScope('keys:write')), async (call) => {
  await revokeKey(call.actor, call.params.id, await call.optionalJson(revokeKeySchema))
  return noContent()
})

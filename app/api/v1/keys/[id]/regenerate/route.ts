import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { idempotencyOf } from '@/lib/keys/idempotency'
import { regenerateKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'

export const POST = endpoint(hasScope('keys:write'), async (call) => {
  const { id } = call.params
  const input = await call.optionalJson(regenerateKeySchema)
  const idempotency = idempotencyOf(call.header('idempotency-key'), { regenerate: id, input })
  const { key, secret } = await regenerateKey(call.actor, id, input, { idempotency })
  return json({ ...key, secret: secret.reveal() })
})

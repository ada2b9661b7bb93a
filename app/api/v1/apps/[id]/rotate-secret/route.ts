import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { rotateSecretSchema } from '@/lib/apps/input'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'

export const POST = endpoint(hasScope('apps:write'), async (call) => {
  const input = await call.optionalJson(rotateSecretSchema)
  const { app, secret } = await rotateClientSecret(call.actor, call.params.id, input)
  return json({ ...app, clientSecret: secret.reveal() })
})

import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { createKey } from '@/lib/keys/create'
import { idempotencyOf } from '@/lib/keys/idempotency'
import { createKeySchema, listKeysSchema } from '@/lib/keys/input'
import { listKeys } from '@/lib/keys/list'

export const GET = endpoint(hasScope('keys:read'), async (call) => {
  const projectId = await call.projectId()
  const { data, nextCursor } = await listKeys(call.actor, { projectId, ...call.query(listKeysSchema) })
  return json({ data, nextCursor })
})

export const POST = endpoint(hasScope('keys:write'), async (call) => {
  const projectId = await call.projectId()
  const input = await call.json(createKeySchema)
  const idempotency = idempotencyOf(call.header('idempotency-key'), { projectId, input })
  const { key, secret } = await createKey(call.actor, projectId, input, { idempotency })
  return json({ ...key, secret: secret.reveal() }, 201, { Location: `/api/v1/keys/${key.id}` })
})

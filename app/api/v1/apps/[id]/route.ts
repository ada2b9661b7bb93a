import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { getApp } from '@/lib/apps/get'
import { updateAppSchema } from '@/lib/apps/input'
import { updateApp } from '@/lib/apps/update'

export const GET = endpoint(hasScope('apps:read'), async (call) => json(await getApp(call.actor, call.params.id)))

export const PATCH = endpoint(hasScope('apps:write'), async (call) =>
  json(await updateApp(call.actor, call.params.id, await call.json(updateAppSchema))),
)

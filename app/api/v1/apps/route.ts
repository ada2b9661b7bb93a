import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { registerAppSchema } from '@/lib/apps/input'
import { listApps } from '@/lib/apps/list'
import { registerApp } from '@/lib/apps/register'

export const GET = endpoint(hasScope('apps:read'), async (call) =>
  json({ data: await listApps(call.actor, await call.projectId()), nextCursor: null }),
)

export const POST = endpoint(hasScope('apps:write'), async (call) => {
  const { app, secret } = await registerApp(call.actor, await call.projectId(), await call.json(registerAppSchema))
  return json({ ...app, clientSecret: secret?.reveal() ?? null }, 201, { Location: `/api/v1/apps/${app.id}` })
})

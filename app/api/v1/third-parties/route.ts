import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { createThirdParty } from '@/lib/third-parties/create'
import { createThirdPartySchema } from '@/lib/third-parties/input'
import { listThirdParties } from '@/lib/third-parties/list'

export const GET = endpoint(hasScope('keys:read'), async (call) =>
  json({ data: await listThirdParties(call.actor, await call.projectId()), nextCursor: null }),
)

export const POST = endpoint(hasScope('keys:write'), async (call) => {
  const created = await createThirdParty(call.actor, await call.projectId(), await call.json(createThirdPartySchema))
  return json(created, 201, { Location: `/api/v1/third-parties/${created.id}` })
})

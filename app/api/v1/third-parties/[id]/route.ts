import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { updateThirdPartySchema } from '@/lib/third-parties/input'
import { getThirdParty } from '@/lib/third-parties/list'
import { updateThirdParty } from '@/lib/third-parties/update'

export const GET = endpoint(hasScope('keys:read'), async (call) =>
  json(await getThirdParty(call.actor, call.params.id)),
)

export const PATCH = endpoint(hasScope('keys:write'), async (call) =>
  json(await updateThirdParty(call.actor, call.params.id, await call.json(updateThirdPartySchema))),
)

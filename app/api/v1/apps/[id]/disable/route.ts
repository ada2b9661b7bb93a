import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { disableApp } from '@/lib/apps/disable'

export const POST = endpoint(hasScope('apps:write'), async (call) => json(await disableApp(call.actor, call.params.id)))

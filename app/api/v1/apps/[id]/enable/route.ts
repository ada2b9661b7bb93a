import { json } from '@/lib/api/answer'
import { endpoint } from '@/lib/api/endpoint'
import { hasScope } from '@/lib/api/policy'
import { enableApp } from '@/lib/apps/enable'

export const POST = endpoint(hasScope('apps:write'), async (call) => json(await enableApp(call.actor, call.params.id)))

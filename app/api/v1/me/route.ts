import { json } from '@/lib/api/answer'
import { type Call, endpoint } from '@/lib/api/endpoint'
import { anyOf, viaKey, viaSession } from '@/lib/api/policy'

export const GET = endpoint(anyOf(viaKey, viaSession), async (call) => json(describe(call)))

/** Who is calling: a key identifies a project, a session identifies a person. */
function describe({ key, session }: Call) {
  if (key) {
    const { actor, hint, expiresAt, thirdParty, project } = key
    return {
      kind: 'api_key',
      credential: { id: actor.keyId, label: actor.label, hint, expiresAt },
      thirdParty,
      project,
      user: null,
      scopes: actor.scopes,
    }
  }
  return {
    kind: 'session',
    credential: { id: session?.sessionId, label: null, hint: null, expiresAt: session?.expiresAt },
    thirdParty: null,
    project: null,
    user: session && { id: session.userId, name: session.name },
    scopes: [],
  }
}

import type { Identity } from './authenticate'

/** Who is calling, as `GET /me` and the gate's `/verify` say it: a key identifies a project, a session a person. */
export function describe({ key, token, basic, session }: Omit<Identity, 'actor'>) {
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
  if (token) {
    const { actor, hint, expiresAt, project } = token
    return {
      kind: 'oauth_token',
      credential: { id: actor.tokenId, label: actor.clientName, hint, expiresAt },
      thirdParty: { id: actor.clientId, name: actor.clientName },
      project,
      user: actor.user,
      scopes: actor.scopes,
    }
  }
  const person = basic ?? session
  return {
    kind: basic ? 'basic' : 'session',
    credential: { id: person?.sessionId ?? null, label: null, hint: null, expiresAt: person?.expiresAt ?? null },
    thirdParty: null,
    project: null,
    user: person ? { id: person.userId, name: person.name } : null,
    scopes: [],
  }
}

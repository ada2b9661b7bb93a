import 'server-only'
import type { Answer } from '@/lib/api/answer'
import type { Identity } from '@/lib/api/authenticate'
import { guarded } from '@/lib/api/guard'
import { allOf, anyOf, hasScope, viaBasic, viaKey, viaOAuth } from '@/lib/api/policy'
import type { Source } from '@/lib/api/source'
import { invalidField } from '@/lib/errors'
import type { Audience } from '@/lib/oauth/audience'
import { isScope, type Scope } from '@/lib/scopes'

/**
 * Judges a request that a gateway holds in its hand, by that request's own credential headers. 204 lets it through and
 * says who it is; 401, 403 and 429 are the API's own answers, for the gateway to pass on. `?scope=` asks for scopes,
 * `?resource=` names the API that the request is for.
 */
export async function forwardAuth(source: Source): Promise<Answer> {
  const scopes = scopesOf(source)
  // A person by password holds no scopes: where one is asked for, anybody who signed up would get through.
  const policy =
    scopes.length > 0 ? allOf(anyOf(viaKey, viaOAuth), ...scopes.map(hasScope)) : anyOf(viaKey, viaOAuth, viaBasic)
  const answer = await guarded({ ...source, audience: audienceOf(source) }, policy, async (identity) => ({
    status: 204,
    headers: identityHeaders(identity),
  }))
  // nginx drops the body of a refusal, and with it the code, which its own answer can then name all the same.
  const { code } = (answer.body ?? {}) as { code?: string }
  return code ? { ...answer, headers: { ...answer.headers, 'X-Latchkey-Code': code } } : answer
}

/** @throws Failure `validation_failed` for a scope that does not exist: the gateway is set up wrongly */
function scopesOf(source: Source): Scope[] {
  const named = source.query
    .getAll('scope')
    .flatMap((text) => text.split(/[ ,]+/))
    .filter(Boolean)
  const unknown = named.find((scope) => !isScope(scope))
  if (unknown !== undefined) throw invalidField('scope', `There is no scope "${unknown.slice(0, 50)}".`)
  return named.filter(isScope)
}

/**
 * The API that the gateway names. One that is not known is no credential's, so it refuses all of them.
 *
 * @throws Failure `validation_failed` for more than one: the gateway is set up wrongly
 */
function audienceOf({ query }: Source): Audience {
  const [resource, second] = query.getAll('resource')
  if (second !== undefined) throw invalidField('resource', 'Name one API.')
  return resource
}

/** Always all five, and never empty: a gateway may let a client's forged header through in place of an empty one. */
function identityHeaders({ key, token, basic }: Identity): Record<string, string> {
  return {
    'X-Latchkey-Credential': key?.actor.keyId ?? token?.actor.tokenId ?? '-',
    'X-Latchkey-Project': key?.project.id ?? token?.project?.id ?? '-',
    'X-Latchkey-User': token?.actor.user?.id ?? basic?.userId ?? '-',
    'X-Latchkey-Third-Party': key?.thirdParty?.id ?? token?.actor.clientId ?? '-',
    'X-Latchkey-Scopes': (key ?? token)?.actor.scopes.join(' ') || '-',
  }
}

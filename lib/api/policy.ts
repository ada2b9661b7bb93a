import { Failure } from '@/lib/errors'
import type { Scope } from '@/lib/scopes'
import type { Identity } from './authenticate'

/**
 * A rule about who may call a route: a pure predicate over what was already authenticated. It returns null when it
 * holds, else the failure that names what was missing. Pure, so that the branch of an `anyOf` that loses has done
 * nothing: no counter moved, no last use written.
 */
export type Policy = (identity: Identity) => Failure | null

/** Whoever calls. */
export const anyone: Policy = () => null

/** An API key was sent. */
export const viaKey: Policy = (identity) =>
  identity.key ? null : new Failure('forbidden', 'This route needs an API key. Send one in the Authorization header.')

/** An OAuth access token was sent. */
export const viaOAuth: Policy = (identity) =>
  identity.token
    ? null
    : new Failure('forbidden', 'This route needs an access token. Send one in the Authorization header.')

/** A signed-in person's session came along. */
export const viaSession: Policy = (identity) =>
  identity.session ? null : new Failure('forbidden', 'This route needs a signed-in session.')

/** E-mail and password came along, by Basic. Never holds unless `API_BASIC_AUTH` is on. */
export const viaBasic: Policy = (identity) =>
  identity.basic ? null : new Failure('forbidden', 'This route needs an e-mail address and password.')

/** The speaking credential holds `scope`. Sessions have no scopes: the verb asks the person's role instead. */
export const hasScope =
  (scope: Scope): Policy =>
  ({ actor }) =>
    (actor.kind !== 'key' && actor.kind !== 'token') || actor.scopes.includes(scope)
      ? null
      : new Failure('insufficient_scope', `The credential lacks the scope ${scope}. Use one that holds it.`, { scope })

/**
 * The session is a site admin's.
 *
 * @public for the routes of whoever builds on this
 */
export const isAdmin: Policy = (identity) =>
  identity.session?.isAdmin ? null : new Failure('forbidden', 'This route is for site admins.')

/** Holds when every policy holds; refuses with the first refusal. */
export const allOf =
  (...policies: readonly Policy[]): Policy =>
  (identity) => {
    for (const policy of policies) {
      const refusal = policy(identity)
      if (refusal) return refusal
    }
    return null
  }

/** Holds when one policy holds; refuses with the refusal of the last one that was tried. */
export const anyOf =
  (...policies: readonly [Policy, ...Policy[]]): Policy =>
  (identity) => {
    let refusal: Failure | null = null
    for (const policy of policies) {
      refusal = policy(identity)
      if (!refusal) return null
    }
    return refusal
  }

import type { Actor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import type { Policy } from '@/lib/policy/input'
import { type Role, scopesWithin } from '@/lib/projects/roles'
import { adminGrantedScopes, allScopes, managementScopes, type Scope } from '@/lib/scopes'

/**
 * The scopes that `actor` may put on a key in a project where the key's responsible person has `role`. A credential
 * never gives what it does not have, and a key never makes one that can make keys.
 *
 * @param policy what the site withholds from everybody but its admins and the command line
 * @param allowManagement the command line's `--allow-key-management`
 */
export function grantableScopes(
  actor: Actor,
  role: Role,
  { withheldScopes }: Pick<Policy, 'withheldScopes'>,
  { allowManagement = false } = {},
): Scope[] {
  const within = scopesWithin(role)
  if (actor.kind === 'user') return actor.isAdmin ? within : without(within, [...adminGrantedScopes, ...withheldScopes])
  if (actor.kind === 'system') return allowManagement ? within : without(within, managementScopes)
  return without(
    within.filter((scope) => actor.scopes.includes(scope)),
    [...managementScopes, ...adminGrantedScopes, ...withheldScopes],
  )
}

/** @throws Failure `insufficient_scope` or `forbidden`, naming the scope that `actor` cannot give */
export function requireGrantable(actor: Actor, wanted: readonly Scope[], grantable: readonly Scope[]): void {
  const refused = wanted.find((scope) => !grantable.includes(scope))
  if (refused === undefined) return
  if ((actor.kind === 'key' || actor.kind === 'token') && !actor.scopes.includes(refused)) {
    throw new Failure('insufficient_scope', `A credential cannot give the scope ${refused}, which it does not have.`, {
      scope: refused,
    })
  }
  throw new Failure('forbidden', `You cannot give the scope ${refused} here. Leave it out, or ask somebody who may.`)
}

const without = (scopes: readonly Scope[], removed: readonly Scope[]) =>
  allScopes.filter((scope) => scopes.includes(scope) && !removed.includes(scope))

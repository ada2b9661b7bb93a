import type { Scope } from '@/lib/scopes'
import { allScopes } from '@/lib/scopes'

export type Role = 'owner' | 'developer' | 'viewer'

export const roles = ['owner', 'developer', 'viewer'] as const satisfies readonly Role[]

/** Everything that a role may or may not do in a project. */
export type Capability =
  | 'keys:read'
  | 'keys:write'
  | 'apps:read'
  | 'apps:write'
  | 'usage:read'
  | 'audit:read'
  | 'project:manage'

const developer = ['keys:read', 'keys:write', 'apps:read', 'apps:write', 'usage:read', 'audit:read'] as const

const capabilitiesOf: Record<Role, readonly Capability[]> = {
  owner: [...developer, 'project:manage'],
  developer,
  viewer: ['keys:read', 'apps:read', 'usage:read'],
}

const governedByRole = new Set<string>(developer satisfies readonly Scope[])

/** The one table of what each role may do. */
export const roleAllows = (role: Role, capability: Capability): boolean => capabilitiesOf[role].includes(capability)

/** The roles that may do `capability`. */
export const rolesWith = (capability: Capability): Role[] => roles.filter((role) => roleAllows(role, capability))

/** The scopes that somebody of this role may hand on, and that their keys keep: those about the portal follow the role. */
export const scopesWithin = (role: Role): Scope[] =>
  allScopes.filter((scope) => !governedByRole.has(scope) || roleAllows(role, scope as Capability))

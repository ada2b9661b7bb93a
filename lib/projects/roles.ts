import type { Scope } from '@/lib/scopes'
import { adminGrantedScopes, allScopes } from '@/lib/scopes'

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
  | 'members:read'
  | 'members:write'
  | 'project:manage'

/** Those that are scopes too: what a key or token may do of them follows the role of whoever answers for it. */
const governed = ['keys:read', 'keys:write', 'apps:read', 'apps:write', 'usage:read', 'audit:read'] as const

const governedByRole = new Set<string>(governed satisfies readonly Scope[])

const capabilitiesOf: Record<Role, readonly Capability[]> = {
  owner: [...governed, 'members:read', 'members:write', 'project:manage'],
  developer: [...governed, 'members:read'],
  viewer: ['keys:read', 'apps:read', 'usage:read', 'members:read'],
}

/** What each capability lets somebody do, in words that go on after "may", in the order that people are shown them. */
export const capabilityWords: Record<Capability, string> = {
  'keys:read': 'see keys and third parties',
  'usage:read': 'see how keys are used',
  'apps:read': 'see OAuth apps',
  'members:read': 'see who is a member',
  'keys:write': 'create, change and revoke keys, and name third parties',
  'apps:write': 'register and change OAuth apps',
  'audit:read': 'read the history of the project',
  'members:write': 'invite and remove people, and change their roles',
  'project:manage': 'rename and delete the project',
}

/** What each role is called, alone and as a word in a sentence with its article. */
export const roleWords: Record<Role, { name: string; one: string; summary: string }> = {
  owner: { name: 'Owner', one: 'an owner', summary: 'Everything, also members and the project itself.' },
  developer: {
    name: 'Developer',
    one: 'a developer',
    summary: 'Creates and revokes keys and apps, reads the history.',
  },
  viewer: { name: 'Viewer', one: 'a viewer', summary: 'Looks, and changes nothing.' },
}

/** The one table of what each role may do. */
export const roleAllows = (role: Role, capability: Capability): boolean => capabilitiesOf[role].includes(capability)

/** The roles that may do `capability`. */
export const rolesWith = (capability: Capability): Role[] => roles.filter((role) => roleAllows(role, capability))

/** The scopes that somebody of this role may hand on, and that their keys keep: those about the portal follow the role. */
export const scopesWithin = (role: Role): Scope[] =>
  allScopes.filter((scope) => !governedByRole.has(scope) || roleAllows(role, scope as Capability))

/** What decides whether admin-granted scopes still hold: the responsible person's role, or the operator's word. */
export interface AdminStanding {
  isAdmin: boolean
  grantedByOperator: boolean
}

/** `scopes` without the admin-granted ones if the responsible person is not an admin, as far as those end with the role. */
export const withinAdminRole = <T extends string>(
  scopes: readonly T[],
  { isAdmin, grantedByOperator }: AdminStanding,
): T[] => scopes.filter((scope) => isAdmin || grantedByOperator || !adminGrantedScopes.some((each) => each === scope))

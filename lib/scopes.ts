/**
 * Everything a credential can be allowed to do, each with the sentence people read when they grant it.
 * Pure: imported by pages, verbs and route modules alike. Add your own API's scopes to `adopterScopes`.
 */
const builtInScopes = {
  'keys:read': 'See the API keys and third parties of this project',
  'keys:write': 'Create, change, regenerate and revoke API keys of this project',
  'usage:read': 'See how often the keys of this project are used, and from where',
  'audit:read': 'Read the history of what was done in this project',
  'apps:read': 'See the OAuth apps of this project',
  'apps:write': 'Register and change OAuth apps of this project',
  'credentials:verify': 'Check credentials of every project, as a gateway or resource server does',
  'site:audit': 'Read the history of all projects in place of this one',
  'profile:read': 'See your name and e-mail address',
} as const

/** Scopes of the API you guard. These two are samples: replace them with your own. */
const adopterScopes = {
  'orders:read': 'See orders',
  'orders:write': 'Place and change orders',
} as const

export const scopeSentences = { ...builtInScopes, ...adopterScopes }

export type Scope = keyof typeof scopeSentences

/** Scopes that only an app can ask a person for: signing in with this site (OpenID Connect), and staying connected. */
export const identityScopes = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep access while you are away',
} as const

export type IdentityScope = keyof typeof identityScopes

/** What an app may ask for. */
export type AppScope = Scope | IdentityScope

export const allScopes = Object.keys(scopeSentences) as Scope[]

/** Everything that an app may be registered for, in the order in which people read it. */
export const allAppScopes = [...(Object.keys(identityScopes) as IdentityScope[]), ...allScopes]

/** The sentence for each of them. */
export const appScopeSentences: Record<AppScope, string> = { ...identityScopes, ...scopeSentences }

/** Scopes of the portal itself, as against those of the API that it guards. */
export const portalScopes = Object.keys(builtInScopes) as Scope[]

/** Scopes that hand on power over other credentials: never offered to a key made by a key. */
export const managementScopes: readonly Scope[] = ['keys:write', 'apps:write']

/** Scopes that only site admins and the command line may grant. */
export const adminGrantedScopes: readonly Scope[] = ['credentials:verify', 'site:audit']

/** Scopes that are about no project: about the person themselves, or about the whole site. */
const projectlessScopes: readonly AppScope[] = [
  ...(Object.keys(identityScopes) as IdentityScope[]),
  'profile:read',
  'credentials:verify',
  'site:audit',
]

/** Whether an app that asks a person for `scope` must be told for which of their projects. */
export const concernsProject = (scope: AppScope): boolean => !projectlessScopes.includes(scope)

/** True when `value` is a scope of this site's catalogue. */
export function isScope(value: string): value is Scope {
  return Object.hasOwn(scopeSentences, value)
}

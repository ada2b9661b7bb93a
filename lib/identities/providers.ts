import 'server-only'
import { env } from '@/lib/env'

/** Somewhere else that people can sign in with. */
export interface Provider {
  /** As in the callback's path, `/api/auth/callback/{id}`. */
  id: 'github' | 'google' | 'oidc'
  name: string
}

/** The providers that are configured, in the order in which they are offered. */
export function listProviders(): Provider[] {
  const { AUTH_GITHUB_ID, AUTH_GOOGLE_ID, AUTH_OIDC_ISSUER, AUTH_OIDC_NAME } = env()
  return [
    ...(AUTH_GITHUB_ID ? [{ id: 'github', name: 'GitHub' } as const] : []),
    ...(AUTH_GOOGLE_ID ? [{ id: 'google', name: 'Google' } as const] : []),
    ...(AUTH_OIDC_ISSUER ? [{ id: 'oidc', name: AUTH_OIDC_NAME ?? new URL(AUTH_OIDC_ISSUER).host } as const] : []),
  ]
}

/** What identities are kept under: a subject means something at its issuer only (OpenID Connect Core, 2). */
export const providerKey = (id: string): string => (id === 'oidc' ? (env().AUTH_OIDC_ISSUER ?? id) : id)

/** What the provider of a kept identity is called, also when it is no longer configured. */
export const providerName = (key: string): string =>
  listProviders().find(({ id }) => providerKey(id) === key)?.name ?? names[key] ?? key

const names: Record<string, string> = { github: 'GitHub', google: 'Google' }

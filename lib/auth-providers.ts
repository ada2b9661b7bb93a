import 'server-only'
import type { Account, Profile } from 'next-auth'
import type { Provider as AuthProvider } from 'next-auth/providers'
import GitHub from 'next-auth/providers/github'
import Google from 'next-auth/providers/google'
import { normalizeEmail } from './email'
import { env } from './env'
import type { Claim } from './identities/claim'
import { listProviders, type Provider, providerKey } from './identities/providers'

/** The other sites that people can sign in with, as next-auth wants them. State, PKCE and nonce are asked of each. */
export const externalProviders = (): AuthProvider[] => listProviders().map((provider) => make[provider.id](provider))

const make: Record<Provider['id'], (provider: Provider) => AuthProvider> = {
  github: () =>
    GitHub({
      clientId: env().AUTH_GITHUB_ID,
      clientSecret: env().AUTH_GITHUB_SECRET,
      checks: ['pkce', 'state'],
      userinfo: { url: 'https://api.github.com/user', request: gitHubProfile },
    }),
  google: () =>
    Google({
      clientId: env().AUTH_GOOGLE_ID,
      clientSecret: env().AUTH_GOOGLE_SECRET,
      checks: ['pkce', 'state', 'nonce'],
    }),
  oidc: ({ id, name }) => ({
    id,
    name,
    type: 'oidc',
    issuer: env().AUTH_OIDC_ISSUER,
    clientId: env().AUTH_OIDC_ID,
    clientSecret: env().AUTH_OIDC_SECRET,
    checks: ['pkce', 'state', 'nonce'],
    authorization: { params: { scope: 'openid profile email' } },
    // Addresses need not stand in the ID token (OpenID Connect Core, 5.4).
    idToken: false,
  }),
}

/** Whom the provider says somebody is; null when it does not say. */
export function claimOf(account: Account, profile: Profile): Claim | null {
  const subject = account.provider === 'github' ? account.providerAccountId : profile.sub
  if (typeof subject !== 'string' || subject === '') return null
  return {
    provider: providerKey(account.provider),
    subject,
    email: typeof profile.email === 'string' ? normalizeEmail(profile.email) : null,
    emailVerified: profile.email_verified === true,
    name: profile.name ?? profile.preferred_username ?? null,
  }
}

interface GitHubEmail {
  email: string
  primary: boolean
  verified: boolean
}

/** The address on somebody's GitHub profile says nothing of whether it is theirs: their list of addresses does. */
async function gitHubProfile({ tokens }: { tokens: { access_token?: string } }) {
  const ask = async (path: string) => {
    const answer = await fetch(`https://api.github.com${path}`, {
      headers: { Authorization: `Bearer ${tokens.access_token}`, 'User-Agent': 'latchkey' },
      signal: AbortSignal.timeout(10_000),
    })
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status} for ${path}`)
    return answer.json()
  }
  const [profile, emails] = await Promise.all([ask('/user'), ask('/user/emails') as Promise<GitHubEmail[]>])
  const primary = emails.find((each) => each.primary)
  return { ...profile, email: primary?.email ?? null, email_verified: primary?.verified === true }
}

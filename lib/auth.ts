import 'server-only'
import { cookies, headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import NextAuth, {
  type Account,
  AuthError,
  CredentialsSignin,
  type NextAuthConfig,
  type Profile,
  type User,
} from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { cache } from 'react'
import type { SessionActor } from './actor'
import { recordNoAdmin } from './audit/attempt'
import { claimOf, externalProviders } from './auth-providers'
import { env } from './env'
import { Failure, isFailure, notFound as notFoundFailure } from './errors'
import { CLAIM_MINUTES, claimCookie, sealClaim } from './identities/claim'
import { listProviders } from './identities/providers'
import { signInElsewhere as signInByClaim } from './identities/sign-in'
import { log } from './log'
import { nextPath } from './next-path'
import { pathHeader, requestOrigin } from './request-context'
import { cookieName, encodeSession, readHalfSession, readSession, sessionCookieName, sessionMaxAge } from './session'
import { signOut as endOwnSession } from './sessions/end'
import { dropHalfSession, type HalfSession } from './sessions/finish'
import { renewSession } from './sessions/renew'
import { isAdminAtRest } from './users/admin'
import { signInSchema } from './users/input'
import { signIn as signInByPassword } from './users/sign-in'

/**
 * next-auth, and everything that the portal knows of it. It owns the cookie and the ways to sign in; the session itself
 * is a row of ours, which the token in the cookie names. Configured per request, since the environment is only known
 * when the server runs.
 *
 * @param provider the one elsewhere that the request is about. What is remembered of a sign-in under way (state, PKCE,
 *   nonce) stands in cookies of its own for each, so that none is good for another (RFC 9700, 4.4)
 */
const config = (provider: string | null): NextAuthConfig => ({
  secret: env().AUTH_SECRET,
  trustHost: true, // The front states the host, from APP_URL.
  // None of next-auth's own pages.
  pages: { signIn: '/sign-in', signOut: '/', error: '/sign-in', verifyRequest: '/sign-in' },
  session: { strategy: 'jwt', maxAge: sessionMaxAge() },
  cookies: {
    sessionToken: {
      name: sessionCookieName(),
      options: cookieOptions(),
    },
    ...(provider && {
      state: { name: cookieName(`${provider}.state`) },
      pkceCodeVerifier: { name: cookieName(`${provider}.pkce`) },
      nonce: { name: cookieName(`${provider}.nonce`) },
    }),
  },
  providers: [Credentials({ credentials: { email: {}, password: {} }, authorize: byPassword }), ...externalProviders()],
  callbacks: {
    signIn: ({ user, account, profile }) =>
      account?.type === 'credentials' || (account && profile ? enterElsewhere(user, account, profile) : false),
    // Returning null ends next-auth's idea of a session as soon as the row has ended.
    async jwt({ token, user }) {
      if (user) return { sub: user.id, sid: user.sessionId }
      return (await currentUser()) || (await halfSignedIn()) ? token : null
    },
    session: ({ session }) => ({ expires: session.expires }),
    // In place of next-auth's own, which answers addresses that are none with a 500.
    redirect: ({ url, baseUrl }) => baseUrl + nextPath(url.startsWith(baseUrl) ? url.slice(baseUrl.length) : url),
  },
  events: {
    async signOut() {
      const user = await currentUser()
      if (user) await endOwnSession(user)
      const half = await halfSignedIn()
      if (half) await dropHalfSession(half)
    },
  },
  logger: {
    error: (error) => {
      // Wrong passwords come by here too, and are no news.
      if (error instanceof CredentialsSignin) return
      // Words only: what hangs on these errors may be a provider's whole answer.
      const { cause } = error as { cause?: { err?: Error } }
      log().warn(
        { reason: `${error.name}: ${cause?.err?.message ?? error.message}`.slice(0, 500) },
        'next-auth refused a request',
      )
    },
    warn: () => {},
    debug: () => {},
  },
})

const nextAuth = NextAuth((request) =>
  config(/\/(?:signin|callback)\/([a-z]+)$/.exec(request?.nextUrl.pathname ?? '')?.[1] ?? null),
)

export const { GET: authGet, POST: authPost } = nextAuth.handlers

/**
 * Signs in by address and password, and sets the session cookie; a session that this browser had before ends. For
 * server actions.
 *
 * @returns whether a second step is to come, which the cookie's session awaits
 * @throws Failure `invalid_credentials`, `rate_limited`
 */
export async function signIn(email: string, password: string): Promise<{ secondStep: boolean }> {
  const before = await currentUser()
  try {
    await nextAuth.signIn('credentials', { email, password, redirect: false })
  } catch (error) {
    throw error instanceof AuthError && 'failure' in error ? error.failure : error
  }
  if (before) await endOwnSession(before)
  return { secondStep: (await halfSignedIn()) !== null }
}

/**
 * Sets the session cookie to a session that was just started, in place of the one that this browser had. For server
 * actions.
 */
export async function enterSession({ userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  const before = await currentUser()
  await setSessionCookie(userId, sessionId)
  if (before) await endOwnSession(before)
}

/**
 * Goes on with the session of this request under another id. For route handlers, and for actions by which people come to
 * a role of their own accord: the page that follows need not lead there.
 */
export async function enterRenewed(user: SessionActor): Promise<void> {
  const sessionId = await renewSession(user)
  if (sessionId) await setSessionCookie(user.userId, sessionId)
}

/** As `enterRenewed`, for a session that an act has given another id itself. */
export const enterUnder = (user: SessionActor, sessionId: string): Promise<void> =>
  setSessionCookie(user.userId, sessionId)

async function setSessionCookie(userId: string, sessionId: string): Promise<void> {
  const value = await encodeSession(sessionId, userId)
  const expires = new Date(Date.now() + sessionMaxAge() * 1000)
  ;(await cookies()).set(sessionCookieName(), value, { ...cookieOptions(), expires })
}

const cookieOptions = () => ({ httpOnly: true, sameSite: 'lax', path: '/', secure: env().secure }) as const

/**
 * Begins to sign in elsewhere. For server actions.
 *
 * @param next where to go afterwards, a path of this site
 * @returns the address to send the browser to
 * @throws Failure `not_found` for a provider that is not configured
 */
export async function signInElsewhere(provider: string, next: string): Promise<string> {
  if (!listProviders().some(({ id }) => id === provider)) throw notFoundFailure('way to sign in')
  // By way of the sign-in page, which knows whether a second step is to come.
  const redirectTo = `/sign-in?next=${encodeURIComponent(next)}`
  return NextAuth(() => config(provider)).signIn(provider, { redirect: false, redirectTo })
}

/** Ends the session of this request and forgets its cookie. For server actions. */
export async function signOut(): Promise<void> {
  await nextAuth.signOut({ redirect: false })
}

/** Who is signed in, or null. Read from the database once per request. */
export const currentUser = cache(async (): Promise<SessionActor | null> => {
  const cookie = (await cookies()).get(sessionCookieName())?.value
  return cookie ? readSession(cookie, requestOrigin()) : null
})

/** Who has yet to take the second step, or null. They are not signed in. */
export async function halfSignedIn(): Promise<HalfSession | null> {
  const cookie = (await cookies()).get(sessionCookieName())?.value
  return cookie ? readHalfSession(cookie, requestOrigin()) : null
}

/** Who is signed in, for pages. Sends everybody else to sign in, and from there back to `here`, a path of this site. */
export async function requireUser(here: string): Promise<SessionActor> {
  return underNewId((await currentUser()) ?? redirect(`/sign-in?next=${encodeURIComponent(here)}`), here)
}

/** As `actingAdmin`, for pages. */
export async function requireAdmin(): Promise<SessionActor> {
  return underNewId(await actingAdmin(), await here())
}

/**
 * Who is signed in, by a session that goes by an id from after their latest change of role. By way of a route, since
 * pages cannot set cookies. Actions and other routes do not ask for it: what somebody has just sent would be lost.
 */
function underNewId(user: SessionActor, here: string): SessionActor {
  return user.awaitsRenewal ? redirect(`/sign-in/renew?next=${encodeURIComponent(here)}`) : user
}

/** The path that is asked for, as the front states it, without what the router adds for itself. */
async function here(): Promise<string> {
  const path = (await headers()).get(pathHeader) ?? '/admin'
  return path.replace(/([?&])_rsc=[^&]*(?:&|$)/, '$1').replace(/[?&]$/, '')
}

/**
 * The site admin who is signed in, for every action and route of the admin view: a layout is no boundary. For everybody
 * else there is no such page (404); an admin who needs a second factor and has none is led to set one up.
 */
export async function actingAdmin(): Promise<SessionActor> {
  const user = await currentUser()
  if (user?.isAdmin) return user
  if (user && (await isAdminAtRest(user))) redirect('/account?needed=second-step#second-step')
  notFound()
}

/**
 * As `actingAdmin`, for what changes something. Somebody else who is signed in is written down: no verb ever hears of it.
 *
 * @param route what they asked for, as the log names it
 */
export async function adminTrying(route: string): Promise<SessionActor> {
  const user = await currentUser()
  if (user && !user.isAdmin && !(await isAdminAtRest(user))) await recordNoAdmin(user, route)
  return actingAdmin()
}

/** Who is signed in, for actions. Throws Failure `missing_credentials` when nobody is. */
export async function actingUser(): Promise<SessionActor> {
  const user = await currentUser()
  if (!user) throw new Failure('missing_credentials', 'You are signed out. Sign in again.')
  return user
}

/** Carries a verb's refusal through next-auth, which passes on errors of its own kind only. */
class SignInRefused extends CredentialsSignin {
  override code = 'refused'
  constructor(readonly failure: Failure) {
    super()
  }
}

async function byPassword(input: unknown) {
  const credentials = signInSchema.safeParse(input)
  if (!credentials.success) return null
  try {
    const { userId, sessionId } = await signInByPassword(requestOrigin(), credentials.data)
    return { id: userId, sessionId }
  } catch (error) {
    throw isFailure(error) ? new SignInRefused(error) : error
  }
}

/**
 * Goes on with somebody whom a provider has vouched for: with their session, which is put into `user`, or to the page
 * that the returned path names. Who is signed in already wants to link the account.
 */
async function enterElsewhere(user: User, account: Account, profile: Profile): Promise<boolean | string> {
  const claim = claimOf(account, profile)
  if (!claim) return false
  const linking = (await currentUser()) !== null
  const outcome = linking ? ({ kind: 'link' } as const) : await signInByClaim(requestOrigin(), claim)
  if (outcome.kind === 'signed-in') {
    Object.assign(user, { id: outcome.userId, sessionId: outcome.sessionId })
    return true
  }
  if (outcome.kind !== 'link') return `/sign-in?refused=${outcome.kind}`
  ;(await cookies()).set(claimCookie(), sealClaim(claim), { ...cookieOptions(), maxAge: CLAIM_MINUTES * 60 })
  return linking ? '/account/link' : `/sign-in?refused=link&next=${encodeURIComponent('/account/link')}`
}

declare module 'next-auth' {
  interface User {
    sessionId: string
  }
}

import 'server-only'
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { decode, encode } from 'next-auth/jwt'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Origin, SessionActor } from './actor'
import { env } from './env'
import { log } from './log'
import { readPolicy } from './policy/read'
import { once } from './runtime'
import { findHalfSession, type HalfSession } from './sessions/finish'
import { awaitsRenewal } from './sessions/renew'
import { hasSecondFactor } from './sessions/second-factor'

const DAY = 24 * 60 * 60

/** The whole name of a cookie for all pages. `__Host-` binds it to this host over https (RFC 6265bis, 4.1.3.2). */
export const cookieName = (name: string) => `${env().secure ? '__Host-' : ''}latchkey.${name}`

export const sessionCookieName = () => cookieName('session')

/** How long a session may live at most, in seconds; the cookie's own age. */
export const sessionMaxAge = () => env().SESSION_MAX_DAYS * DAY

/** The values of the session cookie among `cookie` headers. An empty one is none: that is how browsers forget it. */
export function sessionCookies(headers: readonly string[]): string[] {
  const pairs = headers
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.split('=', 2).map((part) => part.trim()))
  return pairs.flatMap(([name, value]) => (name === sessionCookieName() && value ? [value] : []))
}

/**
 * The person signed in by `cookie`, or null. The cookie is an encrypted token that names a session row; the row and
 * the person are read from the database every time, so that signing out, disabling somebody and losing the admin
 * role are in force on the next request.
 */
export async function readSession(cookie: string, origin: Origin): Promise<SessionActor | null> {
  const sessionId = await sessionIdOf(cookie)
  if (!sessionId) return null
  const [row] = await db()
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      isAdmin: users.isAdmin,
      createdAt: sessions.createdAt,
      awaitsRenewal,
      stale: sql<boolean>`${sessions.lastSeenAt} < now() - interval '1 minute'`,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, sessionId),
        isNull(sessions.endedAt),
        eq(sessions.awaitsSecondStep, false),
        isNull(users.disabledAt),
        gt(sessions.lastSeenAt, sql`now() - make_interval(days => ${env().SESSION_IDLE_DAYS})`),
        gt(sessions.createdAt, sql`now() - make_interval(days => ${env().SESSION_MAX_DAYS})`),
      ),
    )
  if (!row) return null
  if (row.stale) touch(sessionId)
  return {
    kind: 'user',
    userId: row.userId,
    sessionId,
    expiresAt: new Date(row.createdAt.getTime() + sessionMaxAge() * 1000),
    name: row.name,
    email: row.email,
    isAdmin: row.isAdmin && !(await lacksRequiredFactor(row.userId)),
    awaitsRenewal: row.awaitsRenewal,
    origin,
  }
}

/**
 * Whether the policy asks a second factor of admins and this person has none: then their role rests, everywhere, until
 * they have set one up.
 */
export const lacksRequiredFactor = async (userId: string): Promise<boolean> =>
  !(await hasSecondFactor(db(), userId)) && (await readPolicy()).requireSecondFactorForAdmins

/** Who gave the right password and has yet to take the second step, by the same cookie; null for everybody else. */
export async function readHalfSession(cookie: string, origin: Origin): Promise<HalfSession | null> {
  const sessionId = await sessionIdOf(cookie)
  return sessionId ? findHalfSession(sessionId, origin) : null
}

/** A cookie value for a session, as next-auth makes them: for tests and scripts that sign in without a browser. */
export const encodeSession = (sessionId: string, userId: string): Promise<string> =>
  encode({
    token: { sub: userId, sid: sessionId },
    secret: env().AUTH_SECRET,
    salt: sessionCookieName(),
    maxAge: sessionMaxAge(),
  })

/** The session that a cookie of this site names, by its signature alone; null for a forged or expired one. */
export async function sessionIdOf(cookie: string): Promise<string | null> {
  try {
    const token = await decode({ token: cookie, secret: env().AUTH_SECRET, salt: sessionCookieName() })
    return typeof token?.sid === 'string' ? token.sid : null
  } catch {
    return null // Not ours, altered, or past its age.
  }
}

/** Notes that a session is in use, at most once a minute; the request does not wait and cannot fail by it. */
function touch(sessionId: string): void {
  const pending = once('session-touches', () => new Set<string>())
  if (pending.has(sessionId)) return
  pending.add(sessionId)
  db()
    .update(sessions)
    .set({ lastSeenAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`)))
    .then(
      () => {},
      (error: unknown) => log().warn({ err: error }, 'could not note that a session is in use'),
    )
    .finally(() => pending.delete(sessionId))
}

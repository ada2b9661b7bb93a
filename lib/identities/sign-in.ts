import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { db, isUniqueViolation } from '@/db'
import { identities, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { isInvited } from '@/lib/invitations/standing'
import { readPolicy } from '@/lib/policy/read'
import { startSession } from '@/lib/sessions/start'
import { insertUser } from '@/lib/users/create'
import { nameSchema } from '@/lib/users/input'
import type { Claim } from './claim'

/**
 * What comes of signing in elsewhere: a session; `link` when an account has the address, so that its person must sign in
 * and say so; or why there can be no account.
 */
export type Outcome =
  | { kind: 'signed-in'; userId: string; sessionId: string }
  | { kind: 'link' | 'unverified' | 'closed' | 'uninvited' | 'disabled' }

/**
 * Signs somebody in whom a provider vouches for. An identity that nobody is known by makes an account, if its address is
 * verified, nobody has it and sign-up is open, or by invitation and one waits for that address, to be accepted then; an
 * address alone never lets anybody into an account that there is. A second factor is asked for all the same.
 */
export async function signInElsewhere(origin: Origin, claim: Claim): Promise<Outcome> {
  return (await signInKnown(origin, claim)) ?? (await signUpElsewhere(origin, claim))
}

async function signInKnown(origin: Origin, { provider, subject }: Claim): Promise<Outcome | null> {
  const isIt = and(eq(identities.provider, provider), eq(identities.subject, subject))
  return db().transaction(async (tx) => {
    const [known] = await tx.select({ userId: identities.userId }).from(identities).where(isIt)
    if (!known) return null
    const [user] = await tx
      .select({ id: users.id, name: users.name })
      .from(users)
      .where(and(eq(users.id, known.userId), isNull(users.disabledAt)))
      .for('share')
    // Held with its person: one that was unlinked meanwhile opens nothing.
    const used = await tx.update(identities).set({ lastUsedAt: sql`now()` }).where(isIt).returning()
    if (!user || used[0]?.userId !== user.id) return { kind: 'disabled' }
    return { kind: 'signed-in', userId: user.id, sessionId: await startSession(tx, user, origin) }
  })
}

async function signUpElsewhere(origin: Origin, claim: Claim): Promise<Outcome> {
  const { email, emailVerified, provider, subject } = claim
  // Whether there is an account is not told to somebody who has not shown that the address is theirs.
  if (!email || !emailVerified) return { kind: 'unverified' }
  const [taken] = await db().select({ id: users.id }).from(users).where(eq(users.email, email))
  if (taken) return { kind: 'link' }
  const mode = (await readPolicy()).signUp
  if (mode === 'closed') return { kind: 'closed' }
  if (mode === 'invite' && !(await isInvited(email))) return { kind: 'uninvited' }
  // What could deceive a reader is no name here, whoever vouches for the person.
  const name = nameSchema.safeParse(claim.name?.slice(0, 100)).data ?? email.split('@')[0] ?? email
  return db()
    .transaction(async (tx) => {
      const server = { kind: 'system', name: 'server', origin } as const
      const user = await insertUser(tx, server, { email, name, passwordHash: null, verified: true })
      await tx.insert(identities).values({ provider, subject, userId: user.id, email, lastUsedAt: new Date() })
      await recordAudit(
        tx,
        { ...server, asUserId: user.id },
        {
          action: 'user.identity_linked',
          target: { kind: 'user', id: user.id, name },
          changes: { identity: [null, provider] },
        },
      )
      const sessionId = await startSession(tx, user, origin)
      return { kind: 'signed-in', userId: user.id, sessionId } as const
    })
    .catch((error: unknown): Outcome => {
      // Somebody took the address, or this identity, at the same moment.
      if (isUniqueViolation(error)) return { kind: 'link' }
      throw error
    })
}

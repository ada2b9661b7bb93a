import 'server-only'
import { and, asc, eq, isNotNull } from 'drizzle-orm'
import { db } from '@/db'
import { authenticators, passkeys } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { codesLeft } from './recovery-codes'

export interface Passkey {
  id: string
  name: string
  createdAt: string
  lastUsedAt: string | null
}

export interface SecondFactors {
  passkeys: Passkey[]
  /** Since when there is an authenticator app; null when there is none. */
  authenticatorSince: string | null
  /** How many recovery codes still work. */
  codesLeft: number
}

/** What the actor can prove a second step by. */
export async function listSecondFactors(actor: SessionActor): Promise<SecondFactors> {
  const [keys, [app], left] = await Promise.all([
    db().select().from(passkeys).where(eq(passkeys.userId, actor.userId)).orderBy(asc(passkeys.createdAt)),
    db()
      .select({ confirmedAt: authenticators.confirmedAt })
      .from(authenticators)
      .where(and(eq(authenticators.userId, actor.userId), isNotNull(authenticators.confirmedAt))),
    codesLeft(db(), actor.userId),
  ])
  return {
    passkeys: keys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    authenticatorSince: app?.confirmedAt?.toISOString() ?? null,
    codesLeft: left,
  }
}

/** What the person of a half-done session can be asked for: never more than that. */
export async function factorsOf(userId: string): Promise<{ passkey: boolean; authenticator: boolean }> {
  const [[key], [app]] = await Promise.all([
    db().select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.userId, userId)).limit(1),
    db()
      .select({ userId: authenticators.userId })
      .from(authenticators)
      .where(and(eq(authenticators.userId, userId), isNotNull(authenticators.confirmedAt))),
  ])
  return { passkey: key !== undefined, authenticator: app !== undefined }
}

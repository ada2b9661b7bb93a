import 'server-only'
import { randomInt } from 'node:crypto'
import { and, count, eq, inArray, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { recoveryCodes } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { recordAudit } from '@/lib/audit/record'
import { keyedHashes } from '@/lib/credentials/seal'
import { Failure } from '@/lib/errors'
import { authorizeSelf } from '@/lib/projects/authorize'
import { countFactors } from '@/lib/sessions/second-factor'
import { tellChange } from './tell'

const HOW_MANY = 10

/** No letters that look like digits or like each other: codes are kept on paper. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

/**
 * Replaces the actor's recovery codes: the old ones stop working.
 *
 * @returns the new codes, which exist nowhere else
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended, `conflict` for people
 *   without a second factor
 */
export async function renewRecoveryCodes(actor: SessionActor): Promise<string[]> {
  await requireRecentSignIn(actor)
  return db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    if ((await countFactors(tx, actor.userId)) === 0) {
      throw new Failure('conflict', 'Recovery codes are for two-step sign-in. Add a passkey or an app first.')
    }
    const codes = await issueCodes(tx, actor)
    await tellChange(tx, actor, 'New recovery codes were made. The old ones no longer work.')
    return codes
  })
}

/** Codes for the first second factor of a person, whose row the caller holds; null when they have one already. */
export async function firstCodes(tx: Database, actor: SessionActor): Promise<string[] | null> {
  return (await countFactors(tx, actor.userId)) === 0 ? issueCodes(tx, actor) : null
}

async function issueCodes(tx: Database, actor: SessionActor): Promise<string[]> {
  const codes = Array.from({ length: HOW_MANY }, newCode)
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, actor.userId))
  await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId: actor.userId, codeHash: hashesOf(code)[0] })))
  await recordAudit(tx, actor, {
    action: 'user.recovery_codes_made',
    target: { kind: 'user', id: actor.userId, name: actor.name },
  })
  return codes
}

/**
 * Uses a recovery code up, in the transaction of what it proves. Of two at once one is taken.
 *
 * @returns how many are left; null for a code that is not one of them or was used before
 */
export async function spendRecoveryCode(tx: Database, userId: string, code: string): Promise<number | null> {
  const spent = await tx
    .update(recoveryCodes)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(recoveryCodes.userId, userId),
        inArray(recoveryCodes.codeHash, hashesOf(code)),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .returning({ userId: recoveryCodes.userId })
  return spent.length > 0 ? codesLeft(tx, userId) : null
}

/** How many of a person's recovery codes still work. */
export async function codesLeft(tx: Database, userId: string): Promise<number> {
  const [row] = await tx
    .select({ left: count() })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)))
  return row?.left ?? 0
}

/** Twelve characters, 59 bits: far more than can be guessed against the limits. */
function newCode(): string {
  const characters = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)])
  return [0, 4, 8].map((at) => characters.slice(at, at + 4).join('')).join('-')
}

/** However it was typed: in capitals, with spaces or without the dashes. */
const hashesOf = (code: string) => keyedHashes('recovery code', code.toLowerCase().replace(/[^a-z0-9]/g, ''))

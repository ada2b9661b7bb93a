import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { apiKeys } from '@/db/schema'
import { liesWithin } from '@/lib/addresses'
import { Failure, type FieldErrors } from '@/lib/errors'
import type { Policy } from '@/lib/policy/input'
import { statusCondition } from './key'

/** What is to be true of a key, as far as somebody is about to say it. */
interface Said {
  /** Null for none; left out where it stays as it is. */
  thirdParty?: unknown
  expiresAt?: Date | null
  allowedAddresses?: readonly string[]
}

/** Clocks differ a little, and a day in which they are changed has an hour more. */
const GRACE_MS = 60 * 60 * 1000

/**
 * Refuses what the site's policy does not allow keys to be.
 *
 * @throws Failure `validation_failed`, naming every field that is wrong
 */
export function requireWithinPolicy(policy: Policy, { thirdParty, expiresAt, allowedAddresses }: Said): void {
  const errors: FieldErrors = {}
  if (policy.thirdPartyRequired && thirdParty === null) {
    errors.thirdParty = ['This site asks that every key says who holds it. Choose a third party, or type a new name.']
  }
  const { maxLifetimeDays: days } = policy
  if (expiresAt === null && (policy.expiryRequired || days !== null)) {
    errors.expiresAt = ['Keys of this site must expire. Choose when.']
  } else if (expiresAt && days !== null && expiresAt.getTime() > Date.now() + days * 86_400_000 + GRACE_MS) {
    errors.expiresAt = [`Keys of this site live for at most ${days} days. Choose an earlier day.`]
  }
  if (allowedAddresses && !withinRanges(allowedAddresses, policy.addressRanges)) {
    errors.allowedAddresses = [
      `Keys of this site say where they are used from, within ${policy.addressRanges.join(', ')}. Name addresses there.`,
    ]
  }
  if (Object.keys(errors).length === 0) return
  throw new Failure('validation_failed', 'The policy of this site does not allow such a key.', { errors })
}

/** Whether a key with these addresses can be used only from `ranges`. One without addresses is accepted from anywhere. */
export const withinRanges = (addresses: readonly string[], ranges: readonly string[]): boolean =>
  ranges.length === 0 ||
  (addresses.length > 0 && addresses.every((block) => ranges.some((range) => liesWithin(block, range))))

/**
 * Refuses one more key where a project has as many as it may. Of several at once each waits for the one before it, until
 * the transaction ends.
 *
 * @throws Failure `conflict`
 */
export async function requireRoom(tx: Database, projectId: string, { maxKeysPerProject }: Policy): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`keys of ${projectId}`}, 0))`)
  if (await isFull(tx, projectId, maxKeysPerProject)) {
    const most = maxKeysPerProject.toLocaleString('en-US')
    throw new Failure('conflict', `This project has ${most} keys that work, as many as this site allows. Revoke one.`)
  }
}

/** Whether `most` keys of a project work, or more. */
export async function isFull(database: Database, projectId: string, most: number): Promise<boolean> {
  const some = database
    .select({ one: sql`1` })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), statusCondition.active))
    .limit(most)
  const [row] = await database
    .select({ count: sql<number>`(select count(*)::int from ${some} as counted)` })
    .from(sql`(select 1) as one`)
  return (row?.count ?? 0) >= most
}

import 'server-only'
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeySecrets, apiKeys, outbox, projects, thirdParties, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { byWhom } from '@/lib/mail/by-whom'
import { type Mail, queueMails, type Recipient } from '@/lib/mail/queue'
import type { MailedKey } from '@/lib/mail/templates'
import { statusCondition } from './key'

/** Tells whoever answers for a key that it was made, in the act's transaction. */
export async function mailCreated(tx: Database, actor: Actor, keyId: string): Promise<void> {
  const rows = await selectMailed(tx, eq(apiKeys.id, keyId))
  await queueMails(
    tx,
    rows.map(({ key, to, expiresAt }) => ({
      kind: 'key_created',
      to,
      key,
      by: nameFor(to, actor),
      expiresAt,
      about: subjectOf(actor, key),
    })),
  )
}

/** Tells whoever answers for a key that it has a new secret. `oldEndsAt` is null when the old one ended at once. */
export async function mailRegenerated(
  tx: Database,
  actor: Actor,
  keyId: string,
  oldEndsAt: Date | null,
): Promise<void> {
  const rows = await selectMailed(tx, eq(apiKeys.id, keyId))
  await queueMails(
    tx,
    rows.map(({ key, to }) => ({
      kind: 'key_regenerated',
      to,
      key,
      by: nameFor(to, actor),
      oldEndsAt,
      about: subjectOf(actor, key),
    })),
  )
}

/** Tells each person once which of the keys that they answer for somebody else has revoked. */
export async function mailRevoked(
  tx: Database,
  actor: Actor,
  keyIds: readonly string[],
  reason: string | null,
): Promise<void> {
  if (keyIds.length === 0) return
  const rows = await selectMailed(tx, anyOf(apiKeys.id, keyIds))
  const others = rows.filter(({ to }) => !isSame(to, actor))
  const people = new Map(others.map(({ to }) => [to.userId, to]))
  await queueMails(
    tx,
    [...people.values()].map((to) => {
      const keys = others.filter((row) => row.to.userId === to.userId).map(({ key }) => key)
      return { kind: 'key_revoked', to, keys, by: nameFor(to, actor), reason, about: subjectOf(actor, ...keys) }
    }),
  )
}

/**
 * The id by which mails about keys are joined into a digest: a credential that acts on many keys is one subject, however
 * many they are, and so is a person who revokes many at once.
 */
function subjectOf(actor: Actor, key?: MailedKey, ...others: readonly MailedKey[]): string | undefined {
  if (actor.kind === 'key') return actor.keyId
  if (actor.kind === 'token') return actor.clientId
  if (others.length === 0) return key?.id
  return actor.kind === 'user' ? actor.userId : actor.name
}

/** How many keys one step looks at. */
const WARNED_AT_ONCE = 500

/** By the days that are left, a key's warning: one within two weeks, one within three days, one within a day. */
const stage = sql<number>`case when ${apiKeys.expiresAt} <= now() + interval '1 day' then 0
  when ${apiKeys.expiresAt} <= now() + interval '3 days' then 3 else 14 end`

const onceKey = sql<string>`'key_expiring ' || ${apiKeys.id} || ' ' || ${stage}`

/**
 * Warns those who answer for keys that expire soon, once for each stage, however many instances ask. A key that was made
 * for less time than a stage has gets no warning of that stage.
 */
export async function warnOfExpiry(): Promise<void> {
  let after = ''
  for (let full = true; full; ) {
    const rows = await selectMailed(
      db(),
      and(
        gt(apiKeys.id, after),
        statusCondition.expiring,
        sql`${apiKeys.createdAt} < ${apiKeys.expiresAt} - make_interval(days => greatest(${stage}, 1))`,
        sql`not exists (select from ${outbox} where ${outbox.onceKey} = ${onceKey})`,
      ),
      WARNED_AT_ONCE,
    )
    await queueMails(
      db(),
      rows.flatMap(({ key, to, expiresAt, once, days }): Mail[] =>
        expiresAt ? [{ kind: 'key_expiring', to, key, expiresAt, days, onceKey: once }] : [],
      ),
    )
    after = rows.at(-1)?.key.id ?? ''
    full = rows.length === WARNED_AT_ONCE
  }
}

type Told = Recipient & { userId: string }

/** Keys as mails call them, by id, with who answers for them: nobody who is disabled. */
async function selectMailed(tx: Database, condition: SQL | undefined, limit = 100_000) {
  const rows = await tx
    .select({
      id: apiKeys.id,
      label: apiKeys.label,
      expiresAt: apiKeys.expiresAt,
      once: onceKey,
      days: stage,
      publicId: apiKeySecrets.publicId,
      thirdParty: thirdParties.name,
      project: { slug: projects.slug, name: projects.name },
      to: { userId: users.id, email: users.email, name: users.name },
    })
    .from(apiKeys)
    .innerJoin(apiKeySecrets, and(eq(apiKeySecrets.keyId, apiKeys.id), isNull(apiKeySecrets.endsAt)))
    .innerJoin(projects, and(eq(projects.id, apiKeys.projectId), isNull(projects.deletedAt)))
    .innerJoin(users, and(eq(users.id, apiKeys.responsibleId), isNull(users.disabledAt)))
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .where(condition)
    .orderBy(apiKeys.id)
    .limit(limit)
  return rows.map(({ id, label, thirdParty, project, publicId, ...row }) => {
    const key: MailedKey = { id, label, thirdParty, project, hint: hint(env().KEY_BRAND, 'api_key', publicId) }
    return { key, ...row }
  })
}

const isSame = (to: Told, actor: Actor) => actor.kind === 'user' && actor.userId === to.userId

const nameFor = (to: Told, actor: Actor) => (isSame(to, actor) ? 'You' : byWhom(actor))

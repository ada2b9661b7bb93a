import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sitePolicy } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { changesBetween, recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import type { Policy, PolicyField } from '@/lib/policy/input'
import { policyOfEnv, readPolicy } from '@/lib/policy/read'
import { isSiteAdmin } from '@/lib/users/admin'

/**
 * Changes what holds for the whole site, as a site admin. Keys that are there stay as they are, whatever they say; what
 * is left out stays too.
 *
 * @throws Failure `not_found` for everybody else, `reauthentication_required`, `conflict` for what the environment sets
 */
export async function changePolicy(actor: SessionActor, input: Partial<Policy>): Promise<Policy> {
  return attempt(actor, { action: 'policy.changed', target: { kind: 'site', id: 'site' } }, async () => {
    if (!actor.isAdmin) throw notFound('page')
    return db().transaction((tx) => applyChange(tx, actor, input))
  })
}

async function applyChange(tx: Database, actor: SessionActor, input: Partial<Policy>): Promise<Policy> {
  if (!(await isSiteAdmin(tx, actor))) throw notFound('page')
  await tx.insert(sitePolicy).values({ id: 'site', values: {} }).onConflictDoNothing()
  const own = eq(sitePolicy.id, 'site')
  const [row] = await tx.select({ values: sitePolicy.values }).from(sitePolicy).where(own).for('update')
  const before = await readPolicy(tx)
  const changes = changesBetween({ ...before }, input)
  const fields = Object.keys(changes) as PolicyField[]
  if (fields.length === 0) return before
  const locked = fields.find((field) => Object.hasOwn(policyOfEnv(), field))
  if (locked) throw new Failure('conflict', 'The environment of the server sets this. Change it there.')
  const values = Object.fromEntries(Object.entries(changes).map(([field, [, after]]) => [field, after]))
  await tx
    .update(sitePolicy)
    .set({ values: { ...row?.values, ...values }, updatedAt: sql`now()`, updatedById: actor.userId })
    .where(own)
  await recordAudit(tx, actor, {
    action: 'policy.changed',
    target: { kind: 'site', id: 'site', name: 'Policy' },
    changes,
  })
  return readPolicy(tx)
}

import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, invalidField } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import { requireApp } from './apps'
import type { CreateThirdPartyInput, ThirdParty } from './input'
import { readThirdParty } from './list'

/**
 * Records a third party, so that keys can be given to it.
 *
 * @throws Failure `not_found`, `forbidden`, `conflict` when the project has one of this name
 */
export async function createThirdParty(
  actor: Actor,
  projectId: string,
  input: CreateThirdPartyInput,
): Promise<ThirdParty> {
  return attempt(actor, { action: 'third_party.created', target: { kind: 'project', id: projectId }, projectId }, () =>
    db().transaction(async (tx) => {
      await authorize(tx, actor, projectId, 'keys:write')
      const created = await insertThirdParty(tx, actor, projectId, input)
      if (!created) {
        throw new Failure(
          'conflict',
          `There is a third party named ${input.name} already. Use that one, or another name.`,
          {
            errors: { name: ['Is taken in this project.'] },
          },
        )
      }
      return created
    }),
  )
}

/**
 * The id of the third party that a key names: an existing one by id, or one by name, made if it is new. Runs inside the
 * key's own transaction; the caller has authorized the actor.
 *
 * @throws Failure `validation_failed` for an id that the project does not have
 */
export async function resolveThirdParty(
  tx: Database,
  actor: Actor,
  projectId: string,
  ref: string | CreateThirdPartyInput | null,
): Promise<string | null> {
  if (ref === null) return null
  if (typeof ref === 'string') {
    const [known] = await tx
      .select({ id: thirdParties.id })
      .from(thirdParties)
      .where(and(eq(thirdParties.id, ref), eq(thirdParties.projectId, projectId)))
    if (!known) throw invalidField('thirdParty', 'Is no third party of this project.')
    return known.id
  }
  if (ref.app) {
    const [linked] = await tx
      .select({ id: thirdParties.id })
      .from(thirdParties)
      .where(and(eq(thirdParties.projectId, projectId), eq(thirdParties.clientId, ref.app)))
      .orderBy(thirdParties.createdAt, thirdParties.id)
      .limit(1)
    if (linked) return linked.id
  }
  const created = await insertThirdParty(tx, actor, projectId, ref)
  if (created) return created.id
  const [known] = await tx
    .select({ id: thirdParties.id, name: thirdParties.name, clientId: thirdParties.clientId })
    .from(thirdParties)
    .where(
      and(eq(thirdParties.projectId, projectId), sql`lower(${thirdParties.name}) collate "C" = lower(${ref.name})`),
    )
    .for('update')
  if (!known) throw new Failure('conflict', 'This third party was just renamed. Try again.')
  if (ref.app && ref.app !== known.clientId) await linkApp(tx, actor, projectId, known, ref.app)
  return known.id
}

/** Says of a third party that was known by name alone that it is an app. */
async function linkApp(
  tx: Database,
  actor: Actor,
  projectId: string,
  known: { id: string; name: string; clientId: string | null },
  clientId: string,
): Promise<void> {
  if (known.clientId) {
    throw new Failure(
      'conflict',
      `There is a third party named ${known.name} already, and it is another app. Choose it by its id, or rename it.`,
    )
  }
  await requireApp(tx, clientId)
  const own = eq(thirdParties.id, known.id)
  await tx.update(thirdParties).set({ clientId }).where(own)
  const { app } = await readThirdParty(tx, own)
  await recordAudit(tx, actor, {
    action: 'third_party.updated',
    target: { kind: 'third_party', id: known.id, name: known.name },
    projectId,
    changes: { app: [null, app?.name ?? null] },
  })
}

/** Null when the name is taken: the unique index decides, also between two at once. */
async function insertThirdParty(
  tx: Database,
  actor: Actor,
  projectId: string,
  input: CreateThirdPartyInput,
): Promise<ThirdParty | null> {
  if (input.app) await requireApp(tx, input.app)
  const [row] = await tx
    .insert(thirdParties)
    .values({
      id: randomId(),
      projectId,
      name: input.name,
      website: input.website ?? null,
      contact: input.contact ?? null,
      purpose: input.purpose ?? null,
      clientId: input.app ?? null,
      createdById: actor.kind === 'user' ? actor.userId : actor.kind === 'system' ? null : actor.responsibleId,
    })
    .onConflictDoNothing()
    .returning()
  if (!row) return null
  const created = await readThirdParty(tx, eq(thirdParties.id, row.id))
  await recordAudit(tx, actor, {
    action: 'third_party.created',
    target: { kind: 'third_party', id: row.id, name: row.name },
    projectId,
    changes: {
      ...(created.website && { website: [null, created.website] }),
      ...(created.app && { app: [null, created.app.name] }),
    },
  })
  return created
}

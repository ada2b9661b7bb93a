import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, invalidField } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import type { CreateThirdPartyInput, ThirdParty } from './input'
import { toThirdParty } from './list'

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
  return db().transaction(async (tx) => {
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
  })
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
  const created = await insertThirdParty(tx, actor, projectId, ref)
  if (created) return created.id
  const [known] = await tx
    .select({ id: thirdParties.id })
    .from(thirdParties)
    .where(
      and(eq(thirdParties.projectId, projectId), sql`lower(${thirdParties.name}) collate "C" = lower(${ref.name})`),
    )
  if (!known) throw new Failure('conflict', 'This third party was just renamed. Try again.')
  return known.id
}

/** Null when the name is taken: the unique index decides, also between two at once. */
async function insertThirdParty(
  tx: Database,
  actor: Actor,
  projectId: string,
  input: CreateThirdPartyInput,
): Promise<ThirdParty | null> {
  const [row] = await tx
    .insert(thirdParties)
    .values({
      id: randomId(),
      projectId,
      name: input.name,
      website: input.website ?? null,
      contact: input.contact ?? null,
      purpose: input.purpose ?? null,
      createdById: actor.kind === 'user' ? actor.userId : actor.kind === 'system' ? null : actor.responsibleId,
    })
    .onConflictDoNothing()
    .returning()
  if (!row) return null
  await recordAudit(tx, actor, {
    action: 'third_party.created',
    target: { kind: 'third_party', id: row.id, name: row.name },
    projectId,
    changes: row.website ? { website: [null, row.website] } : {},
  })
  return toThirdParty(row)
}

import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db, isUniqueViolation } from '@/db'
import { thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { changesBetween, recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import { requireApp } from './apps'
import type { ThirdParty, UpdateThirdPartyInput } from './input'
import { readThirdParty } from './list'

/**
 * Changes what is known of a third party. Its keys keep pointing at it; earlier audit rows keep its earlier name.
 *
 * @throws Failure `not_found`, `forbidden`, `conflict` when the project has another one of this name
 */
export async function updateThirdParty(actor: Actor, id: string, input: UpdateThirdPartyInput): Promise<ThirdParty> {
  return attempt(actor, { action: 'third_party.updated', target: { kind: 'third_party', id } }, () =>
    db().transaction(async (tx) => {
      const [place] = await tx
        .select({ projectId: thirdParties.projectId })
        .from(thirdParties)
        .where(eq(thirdParties.id, id))
      if (!place) throw notFound('third party')
      await authorize(tx, actor, place.projectId, 'keys:write', { what: 'third party' })
      const own = and(eq(thirdParties.id, id), eq(thirdParties.projectId, place.projectId))
      const [before] = await tx.select().from(thirdParties).where(own).for('update')
      if (!before) throw notFound('third party')
      const { app: clientId, ...fields } = input
      const values = { ...fields, ...(clientId !== undefined && { clientId }) }
      const { clientId: linked, ...changes } = changesBetween({ ...before }, values)
      const old = await readThirdParty(tx, own)
      if (!linked && Object.keys(changes).length === 0) return old
      // One that it has already may have been disabled since; that is no reason to refuse another field.
      if (linked && clientId) await requireApp(tx, clientId)
      await tx.update(thirdParties).set(values).where(own).catch(nameTaken(input.name))
      const after = await readThirdParty(tx, own)
      await recordAudit(tx, actor, {
        action: 'third_party.updated',
        target: { kind: 'third_party', id, name: after.name },
        projectId: place.projectId,
        changes: { ...changes, ...(linked && { app: [old.app?.name ?? null, after.app?.name ?? null] }) },
      })
      return after
    }),
  )
}

/** The unique index decides whether a name is free, also between two at once. */
const nameTaken = (name: string | undefined) => (error: unknown) => {
  if (!isUniqueViolation(error)) throw error
  throw new Failure('conflict', `There is another third party named ${name}. Choose another name.`, {
    errors: { name: ['Is taken in this project.'] },
  })
}

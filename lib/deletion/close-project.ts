import 'server-only'
import { and, asc, count, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys, invitations, oauthArtifacts, oauthClients, oauthGrants, projects } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { withdrawOpen } from '@/lib/invitations/withdraw'
import { revokeKeys } from '@/lib/keys/revoke'
import { inParts } from '@/lib/parts'
import { lockKeys } from '@/lib/projects/authorize'

/**
 * Ends a project with all that works in it, inside the transaction and `narrowing` of a caller who holds its owners and
 * has authorized the act. Nothing is erased: its rows, its history and its slug stay.
 *
 * Marked first: whoever acts in it holds the project's row, so from then on nobody makes anything in it, and all its keys
 * are refused. The first thousand are revoked here; the rest by `revokeRest` after the commit, since a transaction may
 * take three seconds.
 *
 * @param most how many to revoke here, for a caller who closes several
 * @returns how many of them were
 * @throws Failure `conflict` when it was deleted already
 */
export async function closeProject(
  tx: Database,
  actor: SessionActor,
  projectId: string,
  most = REVOKED_WITH_IT,
): Promise<number> {
  const [project] = await tx
    .update(projects)
    .set({ deletedAt: sql`now()` })
    .where(and(eq(projects.id, projectId), isNull(projects.deletedAt)))
    .returning({ name: projects.name })
  if (!project) throw new Failure('conflict', 'This project was deleted already.')
  const [before] = await tx
    .select({ live: count() })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), isNull(apiKeys.revokedAt)))
  const live = before?.live ?? 0
  const revoked = await endKeys(tx, actor, projectId, most)
  const apps = await endApps(tx, actor, projectId)
  await withdrawOpen(tx, actor, eq(invitations.projectId, projectId))
  await recordAudit(tx, actor, {
    action: 'project.deleted',
    target: { kind: 'project', id: projectId, name: project.name },
    projectId,
    changes: { ...(live > 0 && { keys: [live, 0] }), ...(apps > 0 && { apps: [apps, 0] }) },
  })
  return revoked
}

/** Revokes what is left of the keys of a project that the actor has just closed. Were it cut short, they are refused all the same. */
export async function revokeRest(actor: SessionActor, projectId: string): Promise<void> {
  const closed = and(eq(projects.id, projectId), isNotNull(projects.deletedAt))
  for (let revoked = REVOKED_WITH_IT; revoked === REVOKED_WITH_IT; ) {
    revoked = await db().transaction(async (tx) => {
      const [project] = await tx.select({ id: projects.id }).from(projects).where(closed)
      return project ? endKeys(tx, actor, projectId, REVOKED_WITH_IT) : 0
    })
  }
}

/** How many keys are revoked in one transaction. */
export const REVOKED_WITH_IT = 1_000

/** Revokes some of the live keys, by id. Fewer than were asked for means that none is left. */
async function endKeys(tx: Database, actor: SessionActor, projectId: string, most: number): Promise<number> {
  const live = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), isNull(apiKeys.revokedAt)))
    .orderBy(asc(apiKeys.id))
    .limit(most)
  for (const part of inParts(live)) {
    const ids = part.map(({ id }) => id)
    await lockKeys(tx, ids)
    await revokeKeys(tx, actor, ids, 'The project was deleted')
  }
  return live.length
}

/** People's access to the project and to its apps ends before the apps do, in the order that both are locked in. */
async function endApps(tx: Database, actor: SessionActor, projectId: string): Promise<number> {
  const own = tx.select({ id: oauthClients.id }).from(oauthClients).where(eq(oauthClients.projectId, projectId))
  await endGrants(tx, actor, or(eq(oauthGrants.projectId, projectId), inArray(oauthGrants.clientId, own)))
  // Their own tokens, which come of no grant.
  await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(and(inArray(oauthArtifacts.clientId, own), isNull(oauthArtifacts.endedAt)))
  const disabled = await tx
    .update(oauthClients)
    .set({ disabledAt: sql`now()`, disabledById: actor.userId })
    .where(and(eq(oauthClients.projectId, projectId), isNull(oauthClients.disabledAt)))
    .returning({ id: oauthClients.id, name: oauthClients.name })
  for (const part of inParts(disabled)) {
    await recordAudit(
      tx,
      actor,
      ...part.map(({ id, name }): AuditEntry => {
        return { action: 'app.disabled', target: { kind: 'app', id, name }, projectId }
      }),
    )
  }
  return disabled.length
}

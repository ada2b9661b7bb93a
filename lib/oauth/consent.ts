import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, oauthClients, oauthGrants, projects } from '@/db/schema'
import type { Actor, UserActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, notFound } from '@/lib/errors'
import { type AppScope, concernsProject } from '@/lib/scopes'
import { startFamily } from './artifacts'

/** What a person allows an app. */
export interface Consent {
  clientId: string
  /** The app's name as the person was shown it. */
  clientName: string
  scopes: readonly AppScope[]
  /** For which project, where a scope concerns one. */
  projectId: string | null
  /** Where they are sent back to; null for devices. */
  redirectHost: string | null
}

/**
 * Writes a person's consent: a new grant, or more for the one that lives. Begins a family for the codes and tokens that
 * come of it.
 *
 * @returns the family's id, which is the library's Grant
 * @throws Failure `not_found` for an app or project that is gone, `conflict` when the app was renamed meanwhile
 */
export async function giveGrant(actor: UserActor, consent: Consent): Promise<string> {
  return db().transaction(async (tx) => {
    await holdProject(tx, actor, consent)
    const [client] = await tx.select().from(oauthClients).where(eq(oauthClients.id, consent.clientId)).for('share')
    if (!client || client.disabledAt) throw notFound('app')
    if (client.name !== consent.clientName) {
      throw new Failure('conflict', 'The app has changed its name since. Look at it again.')
    }
    const scopes = consent.scopes.filter((scope) => client.scopes.includes(scope))
    const grant = await writeGrant(tx, actor, { ...consent, scopes })
    return startFamily(tx, grant)
  })
}

async function writeGrant(tx: Database, actor: UserActor, { scopes, clientId, ...consent }: Consent) {
  const { userId } = actor
  // Of two consents at once the second waits here for the first, and then widens it.
  const [made] = await tx
    .insert(oauthGrants)
    .values({ id: randomId(), userId, clientId, scopes: [...scopes], ...consent })
    .onConflictDoNothing()
    .returning()
  if (made) {
    await recordGrant(tx, actor, 'grant.given', made, { scopes: [null, made.scopes] })
    return made
  }
  const [before] = await tx
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, userId), eq(oauthGrants.clientId, clientId), isNull(oauthGrants.revokedAt)))
    .for('update')
  if (!before) throw new Failure('conflict', 'This access was removed at the same moment. Ask again.')
  const all = [...new Set([...before.scopes, ...scopes])]
  const [after] = await tx
    .update(oauthGrants)
    .set({
      scopes: all,
      clientName: consent.clientName,
      projectId: consent.projectId ?? before.projectId,
      redirectHost: consent.redirectHost ?? before.redirectHost,
      changedAt: sql`now()`,
    })
    .where(eq(oauthGrants.id, before.id))
    .returning()
  if (all.length > before.scopes.length || after?.projectId !== before.projectId) {
    await recordGrant(tx, actor, 'grant.widened', before, {
      scopes: [before.scopes, all],
      ...(after?.projectId !== before.projectId && { project: [before.projectId, after?.projectId ?? null] }),
    })
  }
  return before
}

async function holdProject(tx: Database, { userId }: UserActor, { scopes, projectId }: Consent): Promise<void> {
  if (projectId === null) {
    if (scopes.some(concernsProject)) throw new Failure('validation_failed', 'Choose the project this is for.')
    return
  }
  const [membership] = await tx
    .select({ role: memberships.role })
    .from(memberships)
    .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
    .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, userId)))
    .for('share')
  if (!membership) throw notFound('project')
}

/** Notes that a person said no. */
export async function denyGrant(actor: UserActor, app: { id: string; name: string }): Promise<void> {
  await db().transaction((tx) =>
    recordAudit(tx, actor, { action: 'grant.denied', target: { kind: 'app', id: app.id, name: app.name } }),
  )
}

/**
 * Continues what a person has allowed before, without asking again: a new family under the live grant.
 *
 * @returns the family's id; null when the person must be asked, for a scope or project that is new or a changed name
 */
export async function continueGrant(
  userId: string,
  clientId: string,
  scopes: readonly AppScope[],
): Promise<string | null> {
  const [row] = await db()
    .select({ grant: oauthGrants, role: memberships.role })
    .from(oauthGrants)
    .innerJoin(
      oauthClients,
      and(eq(oauthClients.id, oauthGrants.clientId), eq(oauthClients.name, oauthGrants.clientName)),
    )
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, oauthGrants.projectId), eq(memberships.userId, oauthGrants.userId)),
    )
    .where(and(eq(oauthGrants.userId, userId), eq(oauthGrants.clientId, clientId), isNull(oauthGrants.revokedAt)))
  if (!row || !scopes.every((scope) => row.grant.scopes.includes(scope))) return null
  if (scopes.some(concernsProject) && row.role === null) return null
  return startFamily(db(), row.grant)
}

const recordGrant = (
  tx: Database,
  actor: Actor,
  action: 'grant.given' | 'grant.widened',
  grant: typeof oauthGrants.$inferSelect,
  changes: Record<string, [unknown, unknown]>,
) =>
  recordAudit(tx, actor, {
    action,
    target: { kind: 'grant', id: grant.id, name: grant.clientName },
    projectId: grant.projectId,
    changes,
  })

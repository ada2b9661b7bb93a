import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, oauthClients, oauthGrants } from '@/db/schema'
import type { Actor, UserActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, notFound } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { authorizePerson } from '@/lib/projects/authorize'
import { type AppScope, appScopeSentences, concernsProject } from '@/lib/scopes'
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
 * Writes a person's consent: a new grant, or more for the one that lives; for an app that has changed its name since,
 * what is allowed now in place of what was. Begins a family for the codes and tokens that
 * come of it.
 *
 * @returns the family's id, which is the library's Grant
 * @throws Failure `not_found` for an app or project that is gone, `conflict` when the app was renamed meanwhile,
 *   `validation_failed` without a project where a scope concerns one, `invalid_credentials` when the session has ended
 */
export async function giveGrant(actor: UserActor, consent: Consent): Promise<string> {
  const { familyId } = await narrowing(
    actor,
    () =>
      db().transaction(async (tx) => {
        await holdPerson(tx, actor, consent)
        const live = await lockGrant(tx, actor, consent.clientId)
        const client = await holdClient(tx, consent)
        const scopes = consent.scopes.filter((scope) => client.scopes.includes(scope))
        const grant = await writeGrant(tx, actor, live, { ...consent, scopes })
        return { familyId: await startFamily(tx, grant), before: live?.scopes ?? [], after: grant.scopes }
      }),
    ({ before, after }) => before.some((scope) => !after.includes(scope)),
  )
  return familyId
}

type Grant = typeof oauthGrants.$inferSelect

async function writeGrant(tx: Database, actor: UserActor, live: Grant | undefined, consent: Consent): Promise<Grant> {
  if (live) return widenGrant(tx, actor, live, consent)
  // Of two first consents at once the second waits here for the first, and then widens it.
  const [made] = await tx
    .insert(oauthGrants)
    .values({ id: randomId(), userId: actor.userId, ...consent, scopes: [...consent.scopes] })
    .onConflictDoNothing()
    .returning()
  if (!made) {
    const first = await lockGrant(tx, actor, consent.clientId)
    if (!first) throw new Failure('conflict', 'This access was removed at the same moment. Ask again.')
    return widenGrant(tx, actor, first, consent)
  }
  await mailConnected(tx, actor, made)
  await recordGrant(tx, actor, 'grant.given', made, { scopes: [null, made.scopes] })
  return made
}

async function widenGrant(
  tx: Database,
  actor: UserActor,
  before: Grant,
  { scopes, ...consent }: Consent,
): Promise<Grant> {
  // Under another name it is a stranger to the person: what they allowed the old one is not remembered for it.
  const renamed = before.clientName !== consent.clientName
  const all = renamed ? [...scopes] : [...new Set([...before.scopes, ...scopes])]
  const [after = before] = await tx
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
  if (renamed || all.length > before.scopes.length || after.projectId !== before.projectId) {
    await mailConnected(tx, actor, after)
    await recordGrant(tx, actor, renamed ? 'grant.given' : 'grant.widened', after, {
      scopes: [before.scopes, all],
      ...(renamed && { name: [before.clientName, after.clientName] }),
      ...(after.projectId !== before.projectId && { project: [before.projectId, after.projectId] }),
    })
  }
  return after
}

async function holdPerson(tx: Database, actor: UserActor, { scopes, projectId }: Consent): Promise<void> {
  if (projectId === null && scopes.some(concernsProject)) {
    throw new Failure('validation_failed', 'Choose the project this is for.')
  }
  const roles = await authorizePerson(tx, actor, { projectIds: projectId === null ? [] : [projectId] })
  if (projectId !== null && !roles.has(projectId)) throw notFound('project')
}

async function lockGrant(tx: Database, { userId }: UserActor, clientId: string): Promise<Grant | undefined> {
  const [grant] = await tx
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, userId), eq(oauthGrants.clientId, clientId), isNull(oauthGrants.revokedAt)))
    .for('update')
  return grant
}

/** The app as the person was shown it. After the grant: see `authorize` for the order in which rows are locked. */
async function holdClient(tx: Database, { clientId, clientName }: Consent) {
  const [client] = await tx.select().from(oauthClients).where(eq(oauthClients.id, clientId)).for('share')
  if (!client || client.disabledAt) throw notFound('app')
  if (client.name !== clientName) {
    throw new Failure('conflict', 'The app has changed its name since. Look at it again.')
  }
  return client
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

const mailConnected = (tx: Database, { userId, email, name }: UserActor, grant: Grant) =>
  queueMail(tx, {
    kind: 'app_connected',
    to: { userId, email, name },
    app: grant.clientName,
    site: grant.redirectHost,
    allowed: grant.scopes.map((scope) => appScopeSentences[scope as AppScope] ?? scope),
  })

const recordGrant = (
  tx: Database,
  actor: Actor,
  action: 'grant.given' | 'grant.widened',
  grant: Grant,
  changes: Record<string, [unknown, unknown]>,
) =>
  recordAudit(tx, actor, {
    action,
    target: { kind: 'grant', id: grant.id, name: grant.clientName },
    projectId: grant.projectId,
    changes,
  })

import 'server-only'
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, oauthClients, oauthGrants, projects } from '@/db/schema'
import type { Actor, UserActor } from '@/lib/actor'
import { MAX_REDIRECT_URIS } from '@/lib/apps/input'
import { redirectHostOf } from '@/lib/apps/redirect-uri'
import { requireRecentFor } from '@/lib/audit/recent'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, notFound } from '@/lib/errors'
import { narrowTokens } from '@/lib/grants/narrow'
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
  /** Where they are sent back to; null for devices and for apps that are trusted with a password. */
  redirectUri: string | null
}

/**
 * Writes a person's consent: a new grant, or more for the one that lives for the same project; for an app that has changed
 * its name since, what is allowed now in place of what was. Begins a family for the codes and tokens that come of it: they
 * are for this project and these scopes, also when the grant is widened later.
 *
 * @returns the family's id, which is the library's Grant
 * @throws Failure `not_found` for an app or project that is gone, `conflict` when the app was renamed meanwhile,
 *   `validation_failed` without a project where a scope concerns one, `invalid_credentials` when the session has ended,
 *   `reauthentication_required` for scopes that manage keys or apps
 */
export async function giveGrant(actor: UserActor, consent: Consent): Promise<string> {
  const { familyId } = await narrowing(
    actor,
    () =>
      db().transaction(async (tx) => {
        await holdPerson(tx, actor, consent)
        const live = await lockGrant(tx, actor, consent)
        const client = await holdClient(tx, consent)
        const scopes = consent.scopes.filter((scope) => client.scopes.includes(scope))
        // Also where the grant has it all: the person was shown the page, and what they allow may go to another device.
        await requireRecentFor(tx, actor, [{ action: 'grant.given', circumstances: { scopes } }])
        // Others may listen where a native app is called back: it asks each time, and nothing is remembered.
        const isNative = client.kind === 'native'
        const grant = await writeGrant(tx, actor, live, { ...consent, scopes }, !isNative)
        return { familyId: await startFamily(tx, grant, scopes), before: live?.scopes ?? [], after: grant.scopes }
      }),
    ({ before, after }) => before.some((scope) => !after.includes(scope)),
  )
  return familyId
}

type Grant = typeof oauthGrants.$inferSelect

/** @param remember whether the person need not be asked about this redirect URI again */
async function writeGrant(
  tx: Database,
  actor: UserActor,
  live: Grant | undefined,
  consent: Consent,
  remember: boolean,
): Promise<Grant> {
  if (live) return widenGrant(tx, actor, live, consent, remember)
  const { redirectUri, ...rest } = consent
  // Of two first consents at once the second waits here for the first, and then widens it.
  const [made] = await tx
    .insert(oauthGrants)
    .values({
      id: randomId(),
      userId: actor.userId,
      ...rest,
      scopes: [...consent.scopes],
      redirectHost: redirectHostOf(redirectUri),
      redirectUris: remember && redirectUri !== null ? [redirectUri] : [],
    })
    .onConflictDoNothing()
    .returning()
  if (!made) {
    const first = await lockGrant(tx, actor, consent)
    if (!first) throw new Failure('conflict', 'This access was removed at the same moment. Ask again.')
    return widenGrant(tx, actor, first, consent, remember)
  }
  await mailConnected(tx, actor, made)
  await recordGrant(tx, actor, 'grant.given', made, { scopes: [null, made.scopes] })
  return made
}

async function widenGrant(
  tx: Database,
  actor: UserActor,
  before: Grant,
  { scopes, clientName, redirectUri }: Consent,
  remember: boolean,
): Promise<Grant> {
  // Under another name it is a stranger to the person: what they allowed the old one is not remembered for it.
  const renamed = before.clientName !== clientName
  const all = renamed ? [...scopes] : [...new Set([...before.scopes, ...scopes])]
  const known = renamed ? [] : before.redirectUris
  const newUri = remember && redirectUri !== null && !known.includes(redirectUri)
  if (renamed) await narrowTokens(tx, before.id, all)
  const [after = before] = await tx
    .update(oauthGrants)
    .set({
      scopes: all,
      clientName,
      redirectHost: redirectHostOf(redirectUri) ?? before.redirectHost,
      redirectUris: newUri ? [...known, redirectUri].slice(-MAX_REDIRECT_URIS) : known,
      changedAt: sql`now()`,
    })
    .where(eq(oauthGrants.id, before.id))
    .returning()
  const widened = renamed || all.length > before.scopes.length
  if (widened) await mailConnected(tx, actor, after)
  if (widened || newUri) {
    await recordGrant(tx, actor, renamed ? 'grant.given' : 'grant.widened', after, {
      ...(widened && { scopes: [before.scopes, all] }),
      ...(renamed && { name: [before.clientName, after.clientName] }),
      ...(newUri && { redirectUris: [before.redirectUris, after.redirectUris] }),
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

type Place = Pick<Consent, 'clientId' | 'projectId'>

async function lockGrant(
  tx: Database,
  { userId }: UserActor,
  { clientId, projectId }: Place,
): Promise<Grant | undefined> {
  const [grant] = await tx
    .select()
    .from(oauthGrants)
    .where(
      and(
        eq(oauthGrants.userId, userId),
        eq(oauthGrants.clientId, clientId),
        projectId === null ? isNull(oauthGrants.projectId) : eq(oauthGrants.projectId, projectId),
        isNull(oauthGrants.revokedAt),
      ),
    )
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
 * Continues what a person has allowed before, without asking again: a new family under the live grant. A request names no
 * project, so where the person let the app into several they choose again.
 *
 * @returns the family's id; null when the person must be asked, for a scope, project or redirect URI that is new or a
 *   changed name
 */
export async function continueGrant(
  userId: string,
  { clientId, scopes, redirectUri }: { clientId: string; scopes: readonly AppScope[]; redirectUri: string },
): Promise<string | null> {
  const forProject = scopes.some(concernsProject)
  return db().transaction(async (tx) => {
    const grants = await tx
      .select({ grant: oauthGrants })
      .from(oauthGrants)
      .innerJoin(
        oauthClients,
        and(eq(oauthClients.id, oauthGrants.clientId), eq(oauthClients.name, oauthGrants.clientName)),
      )
      .leftJoin(
        memberships,
        and(eq(memberships.projectId, oauthGrants.projectId), eq(memberships.userId, oauthGrants.userId)),
      )
      .where(
        and(
          eq(oauthGrants.userId, userId),
          eq(oauthGrants.clientId, clientId),
          isNull(oauthGrants.revokedAt),
          forProject ? isNotNull(memberships.role) : isNull(oauthGrants.projectId),
        ),
      )
      // Narrowing takes the row too: it must find this family, or be done before the scopes are read.
      .for('share', { of: oauthGrants })
    const [only, other] = grants.map(({ grant }) => grant)
    if (!only || other || !only.redirectUris.includes(redirectUri)) return null
    return scopes.every((scope) => only.scopes.includes(scope)) ? startFamily(tx, only, scopes) : null
  })
}

async function mailConnected(tx: Database, { userId, email, name }: UserActor, grant: Grant): Promise<void> {
  const [project] =
    grant.projectId === null
      ? []
      : await tx.select({ name: projects.name }).from(projects).where(eq(projects.id, grant.projectId))
  await queueMail(tx, {
    kind: 'app_connected',
    to: { userId, email, name },
    app: grant.clientName,
    site: grant.redirectHost,
    project: project?.name ?? null,
    allowed: grant.scopes.map((scope) => appScopeSentences[scope as AppScope] ?? scope),
  })
}

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

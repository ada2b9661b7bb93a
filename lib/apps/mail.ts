import 'server-only'
import { and, asc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, oauthClients, oauthGrants, projects, users } from '@/db/schema'
import type { Actor, SystemActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { byWhom } from '@/lib/mail/by-whom'
import { type Mail, queueMails } from '@/lib/mail/queue'
import { requestOrigin } from '@/lib/request-context'
import { redirectHostOf } from './redirect-uri'

/** How many connected people are mailed in one statement. */
const PEOPLE_AT_ONCE = 500

type Client = typeof oauthClients.$inferSelect

/**
 * Mails that an app with connected people sends them elsewhere, in the act's transaction: each change to the owners of its
 * project, an added host also to the people, to them at most once a day for each app. Hosts that are added meanwhile wait
 * in the app's row for `tellAddedHosts`. The caller holds that row.
 */
export async function mailRedirects(
  tx: Database,
  actor: Actor,
  before: Client,
  after: readonly string[],
): Promise<void> {
  const added = after.filter((uri) => !before.redirectUris.includes(uri))
  const removed = before.redirectUris.filter((uri) => !after.includes(uri))
  if (added.length + removed.length === 0 || !(await isConnected(tx, before.id))) return
  await mailOwners(tx, actor, before, { kind: 'app_redirects_changed', added, removed })
  const known = before.redirectUris.map(redirectHostOf)
  const hosts = new Set(added.map(redirectHostOf).filter((host) => host !== null && !known.includes(host)))
  if (hosts.size === 0) return
  const untoldHosts = [...new Set([...before.untoldHosts, ...hosts])] as string[]
  await tx.update(oauthClients).set({ untoldHosts }).where(eq(oauthClients.id, before.id))
  await tellPeople(tx, before.id)
}

/** Mails the owners of its project that a secret of an app with connected people was changed, in the act's transaction. */
export async function mailSecret(
  tx: Database,
  actor: Actor,
  client: Client,
  change: { isNew: boolean; oldEndsAt: Date | null },
): Promise<void> {
  if (await isConnected(tx, client.id)) await mailOwners(tx, actor, client, { kind: 'app_secret_changed', ...change })
}

/** Tells connected people of the hosts that were added since they were last told, for apps where that was a day ago. */
export async function tellAddedHosts(): Promise<void> {
  const actor: SystemActor = { kind: 'system', name: 'server', origin: requestOrigin() }
  const due = await db().select({ id: oauthClients.id }).from(oauthClients).where(ne(oauthClients.untoldHosts, []))
  for (const { id } of due) {
    await db().transaction(async (tx) => {
      const [client] = await tx.select().from(oauthClients).where(eq(oauthClients.id, id)).for('no key update')
      if (!client || !(await tellPeople(tx, id))) return
      await recordAudit(tx, actor, {
        action: 'app.hosts_told',
        target: { kind: 'app', id, name: client.name },
        projectId: client.projectId,
        changes: { hosts: [null, client.untoldHosts] },
      })
    })
  }
}

/** @returns false if there is nothing to tell, or people were told within the last day */
async function tellPeople(tx: Database, clientId: string): Promise<boolean> {
  const mayTell = sql`coalesce(${oauthClients.hostsToldAt} <= now() - interval '1 day', true)`
  const [client] = await tx
    .select()
    .from(oauthClients)
    .where(and(eq(oauthClients.id, clientId), ne(oauthClients.untoldHosts, []), mayTell))
  if (!client) return false
  await tx.update(oauthClients).set({ hostsToldAt: sql`now()`, untoldHosts: [] }).where(eq(oauthClients.id, clientId))
  for (let after = ''; ; ) {
    const people = await tx
      .selectDistinct({ userId: users.id, email: users.email, name: users.name })
      .from(users)
      .innerJoin(oauthGrants, and(eq(oauthGrants.userId, users.id), isNull(oauthGrants.revokedAt)))
      .where(and(eq(oauthGrants.clientId, clientId), isNull(users.disabledAt), gt(users.id, after)))
      .orderBy(asc(users.id))
      .limit(PEOPLE_AT_ONCE)
    await queueMails(
      tx,
      people.map((to) => ({
        kind: 'app_host_added',
        to,
        app: client.name,
        appId: clientId,
        hosts: client.untoldHosts,
      })),
    )
    const last = people.at(-1)
    if (!last || people.length < PEOPLE_AT_ONCE) return true
    after = last.userId
  }
}

async function isConnected(tx: Database, clientId: string): Promise<boolean> {
  const live = await tx
    .select({ id: oauthGrants.id })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.clientId, clientId), isNull(oauthGrants.revokedAt)))
    .limit(1)
  return live.length > 0
}

type Change =
  | { kind: 'app_redirects_changed'; added: string[]; removed: string[] }
  | { kind: 'app_secret_changed'; isNew: boolean; oldEndsAt: Date | null }

async function mailOwners(tx: Database, actor: Actor, client: Client, change: Change): Promise<void> {
  const owners = await tx
    .select({
      to: { userId: users.id, email: users.email, name: users.name },
      project: { slug: projects.slug, name: projects.name },
    })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .innerJoin(projects, eq(projects.id, memberships.projectId))
    .where(and(eq(memberships.projectId, client.projectId), inArray(memberships.role, ['owner'])))
  const app = { id: client.id, name: client.name }
  await queueMails(
    tx,
    owners.map(({ to, project }): Mail => ({ ...change, to, app, project, by: byWhom(actor) })),
  )
}

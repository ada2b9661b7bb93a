import 'server-only'
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { db } from '@/db'
import {
  apiKeySecrets,
  apiKeys,
  apiKeyUses,
  oauthClientLogos,
  oauthClients,
  projects,
  thirdParties,
  users,
} from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { notFound } from '@/lib/errors'
import { type Grant, listGrants, logoPath } from '@/lib/grants/list'
import { statusCondition } from '@/lib/keys/key'
import { visibleTo } from '@/lib/visible'

/** A key or a grant: one thing that can be ended by itself. Times are ISO 8601 in UTC. */
export interface ConnectionItem {
  kind: 'key' | 'grant'
  id: string
  /** The key's label; for a grant the name of the app, with the project if the app has several. */
  label: string
  /** The visible part of a key. */
  hint: string | null
  project: { slug: string; name: string } | null
  scopes: string[]
  since: string
  expiresAt: string | null
  /** The person who answers for a key, where it is not the reader. */
  responsible: string | null
  lastUsedAt: string | null
  lastUsed: { address: string | null; userAgent: string | null; route: string | null } | null
}

/** Everything that one third party holds. */
export interface Connection {
  /** Where its details are: the app, else the project's record, else the one key that nobody was named for. */
  id: string
  name: string
  kind: 'app' | 'third_party' | 'key'
  app: { id: string; verified: boolean; disabled: boolean; logoUrl: string | null; publisher: string } | null
  /** The web site of who holds it, or the host that the person was last sent back to. */
  site: string | null
  /** The projects' records of it. */
  thirdPartyIds: string[]
  /** What all its keys and grants together may do. */
  scopes: string[]
  since: string
  lastUsedAt: string | null
  items: ConnectionItem[]
  /** How many more keys and grants of it the filter by project leaves out. */
  elsewhere: number
}

export interface ConnectionFilter {
  /** Only keys and grants of this project. */
  projectId?: string
  /** All keys of that project, whoever answers for them; nothing for those who are not its owner. */
  allKeys?: boolean
  /** Only those that hold a key, or that were let in as an app. */
  kind?: 'keys' | 'apps' | null
  /** Only those of which nothing was used in the last 90 days. */
  unused?: boolean
}

const UNUSED_MS = 90 * 86_400_000

/** More keys than anybody reads. The others come up when some of these have ended. */
const MAX_KEYS = 1000

/**
 * Who acts for a person, by keys they answer for in all their projects and by apps they have let in: those used last
 * come first. Records that are linked to one app are one connection across projects; others are one for each project.
 *
 * @returns `any` is false when there is nothing whatever the filter says; `more` when there are more than 1,000 keys
 */
export async function listConnections(
  actor: UserActor,
  { projectId, allKeys = false, kind, unused }: ConnectionFilter = {},
  now = Date.now(),
): Promise<{ connections: Connection[]; any: boolean; more: boolean }> {
  const [keys, grants] = await Promise.all([
    heldKeys(actor, allKeys && projectId !== undefined ? projectId : null),
    listGrants(actor),
  ])
  const held = [...grants.map((grant) => ofGrant(grant, grants)), ...keys.slice(0, MAX_KEYS).map(ofKey)]
  const groups = new Map<string, Held[]>()
  for (const one of held) groups.set(one.group.id, [...(groups.get(one.group.id) ?? []), one])
  const connections = [...groups.values()]
    .flatMap((parts) => {
      const shown = parts.filter((part) => projectId === undefined || part.projectId === projectId)
      return shown.length === 0 ? [] : [merge(shown, parts.length - shown.length)]
    })
    .filter(({ items }) => !kind || items.some((item) => (item.kind === 'key') === (kind === 'keys')))
    .filter((connection) => !unused || isUnused(connection, now))
    .sort((one, other) => latest(other).localeCompare(latest(one)) || one.name.localeCompare(other.name))
  return { connections, any: held.length > 0, more: keys.length > MAX_KEYS }
}

/**
 * One connection of a person.
 *
 * @throws Failure `not_found` when it holds nothing, or nothing that the person may see
 */
export async function getConnection(actor: UserActor, id: string, filter: ConnectionFilter = {}): Promise<Connection> {
  const { connections } = await listConnections(actor, filter)
  const found = connections.find((connection) => connection.id === id)
  if (!found) throw notFound('connection')
  return found
}

/** What a key or a grant says of who holds it. */
interface Group extends Pick<Connection, 'id' | 'name' | 'kind' | 'app'> {
  thirdPartyId: string | null
  site: string | null
}

interface Held {
  group: Group
  projectId: string | null
  item: ConnectionItem
}

const publisher = alias(projects, 'publisher')

/** The live keys that a person answers for; with a project all keys of it, for its owner. Those used last come first. */
async function heldKeys(actor: UserActor, wholeProject: string | null) {
  return db()
    .select({
      key: apiKeys,
      publicId: apiKeySecrets.publicId,
      project: { id: projects.id, slug: projects.slug, name: projects.name },
      thirdParty: { id: thirdParties.id, name: thirdParties.name, website: thirdParties.website },
      app: {
        id: oauthClients.id,
        name: oauthClients.name,
        homepage: oauthClients.homepage,
        verified: sql<boolean>`${isNotNull(oauthClients.verifiedAt)}`,
        disabled: sql<boolean>`${isNotNull(oauthClients.disabledAt)}`,
        logoUrl: logoPath,
        publisher: sql<string>`${publisher.name}`,
      },
      responsible: sql<string | null>`case when ${users.id} = ${actor.userId} then null else ${users.name} end`,
      use: apiKeyUses,
    })
    .from(apiKeys)
    .innerJoin(apiKeySecrets, and(eq(apiKeySecrets.keyId, apiKeys.id), isNull(apiKeySecrets.endsAt)))
    .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(users, eq(users.id, apiKeys.responsibleId))
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .leftJoin(oauthClients, eq(oauthClients.id, thirdParties.clientId))
    .leftJoin(publisher, eq(publisher.id, oauthClients.projectId))
    .leftJoin(oauthClientLogos, eq(oauthClientLogos.clientId, oauthClients.id))
    .where(
      and(
        statusCondition.active,
        wholeProject === null
          ? and(eq(apiKeys.responsibleId, actor.userId), visibleTo(actor, apiKeys.projectId, 'keys:read'))
          : and(eq(apiKeys.projectId, wholeProject), visibleTo(actor, apiKeys.projectId, 'project:manage')),
      ),
    )
    .orderBy(desc(apiKeyUses.usedAt), desc(apiKeys.createdAt), apiKeys.id)
    .limit(MAX_KEYS + 1)
}

type HeldKey = Awaited<ReturnType<typeof heldKeys>>[number]

function ofKey({ key, publicId, project, thirdParty, app, responsible, use }: HeldKey): Held {
  const used = use.usedAt.getTime() > 0
  return {
    group: {
      ...(app
        ? {
            id: `app-${app.id}`,
            name: app.name,
            kind: 'app',
            app: linked(app),
          }
        : thirdParty
          ? { id: `party-${thirdParty.id}`, name: thirdParty.name, kind: 'third_party', app: null }
          : { id: `key-${key.id}`, name: key.label, kind: 'key', app: null }),
      thirdPartyId: thirdParty?.id ?? null,
      site: hostOf(thirdParty?.website) ?? hostOf(app?.homepage),
    },
    projectId: project.id,
    item: {
      kind: 'key',
      id: key.id,
      label: key.label,
      hint: hint(env().KEY_BRAND, 'api_key', publicId),
      project: { slug: project.slug, name: project.name },
      scopes: key.scopes,
      since: key.createdAt.toISOString(),
      expiresAt: key.expiresAt?.toISOString() ?? null,
      responsible,
      lastUsedAt: used ? use.usedAt.toISOString() : null,
      lastUsed: used ? { address: use.address, userAgent: use.userAgent, route: use.route } : null,
    },
  }
}

function ofGrant(
  { id, app, scopes, project, redirectHost, grantedAt, lastUsedAt, lastUsed }: Grant,
  all: readonly Grant[],
): Held {
  const isOnly = all.every((other) => other.id === id || other.app.id !== app.id)
  return {
    group: {
      id: `app-${app.id}`,
      name: app.name,
      kind: 'app',
      app: linked(app),
      thirdPartyId: null,
      site: redirectHost ?? hostOf(app.homepage),
    },
    projectId: project?.id ?? null,
    item: {
      kind: 'grant',
      id,
      label: isOnly ? app.name : `${app.name} ${project ? `in ${project.name}` : 'outside of projects'}`,
      hint: null,
      project: project && { slug: project.slug, name: project.name },
      scopes,
      since: grantedAt,
      expiresAt: null,
      responsible: null,
      lastUsedAt,
      lastUsed,
    },
  }
}

const linked = ({ id, verified, disabled, logoUrl, publisher }: Grant['app']): Connection['app'] => ({
  id,
  verified,
  disabled,
  logoUrl,
  publisher,
})

/** What a grant says of an app goes before what a key says of it: there somebody was really sent back to the host. */
function merge(parts: Held[], elsewhere: number): Connection {
  const items = parts.map(({ item }) => item)
  const groups = parts.map(({ group }) => group)
  const begun = items.map(({ since }) => since).sort()
  const [first] = groups as [Group]
  return {
    id: first.id,
    name: first.name,
    kind: first.kind,
    app: first.app,
    site: groups.find(({ site }) => site !== null)?.site ?? null,
    thirdPartyIds: [...new Set(groups.flatMap(({ thirdPartyId }) => thirdPartyId ?? []))],
    scopes: [...new Set(items.flatMap(({ scopes }) => scopes))],
    since: begun[0] ?? '',
    lastUsedAt:
      items
        .flatMap(({ lastUsedAt }) => lastUsedAt ?? [])
        .sort()
        .at(-1) ?? null,
    items,
    elsewhere,
  }
}

/** When something last happened with it: the latest use, or else the latest beginning. */
const latest = ({ lastUsedAt, items }: Connection): string =>
  lastUsedAt ??
  items
    .map(({ since }) => since)
    .sort()
    .at(-1) ??
  ''

/** What was made lately has had no time yet to go unused. */
const isUnused = ({ items }: Connection, now: number): boolean =>
  items.every(({ lastUsedAt, since }) => Date.parse(lastUsedAt ?? since) < now - UNUSED_MS)

function hostOf(address: string | null | undefined): string | null {
  return address && URL.canParse(address) ? new URL(address).host : null
}

import 'server-only'
import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUses, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import type { Policy } from '@/lib/policy/input'
import { type PolicyRule, policyRules } from '@/lib/policy/rules'
import { onlyAdmins, onlyAdminsStill } from '@/lib/users/admin'
import { statusCondition } from './key'
import { idleSince } from './revoke-idle'
import { withinRanges } from './within-policy'

/** A key that works and could not be made like this under the policy. */
export interface Breach {
  id: string
  label: string
  project: { slug: string; name: string }
  expiresAt: string | null
  rules: PolicyRule[]
}

export interface Breaches {
  /** How many of the keys looked at break each rule. */
  counts: Record<PolicyRule, number>
  /** The newest of them, at most `MOST_SHOWN`. */
  keys: Breach[]
  /** How many keys that work were looked at, the newest first; `all` when those are all. */
  looked: number
  all: boolean
}

const MOST_READ = 10_000
/** How many a walk through all keys reads at once: others wait for as long as it takes to judge them. */
const PART = 1_000
const MOST_SHOWN = 20

/**
 * Which keys break a policy, that of now or one that somebody thinks of. Of a large site the newest 10,000 keys are
 * looked at; `walkBreaches` goes through all.
 *
 * @throws Failure `not_found` for who is no admin
 */
export async function listBreaches(actor: Actor, policy: Policy): Promise<Breaches> {
  onlyAdmins(actor)
  const rows = await selectRows('newest', MOST_READ)
  const counts = Object.fromEntries(policyRules.map((rule) => [rule, 0])) as Breaches['counts']
  const perProject = new Map<string, number>()
  const keys: Breach[] = []
  for (const row of rows) {
    const inProject = (perProject.get(row.projectId) ?? 0) + 1
    perProject.set(row.projectId, inProject)
    const rules = rulesBroken(policy, row, inProject)
    for (const rule of rules) counts[rule]++
    if (rules.length > 0 && keys.length < MOST_SHOWN) keys.push(breachOf(row, rules))
  }
  return { counts, keys, looked: rows.length, all: rows.length < MOST_READ }
}

/**
 * All keys that break a policy, the oldest first.
 *
 * @throws Failure `not_found` for who is no admin
 */
export async function* walkBreaches(actor: Actor, policy: Policy): AsyncGenerator<Breach[]> {
  const perProject = new Map<string, number>()
  for (let after: Row | undefined; ; ) {
    await onlyAdminsStill(actor)
    const rows = await selectRows('oldest', PART, after)
    yield rows.flatMap((row) => {
      const inProject = (perProject.get(row.projectId) ?? 0) + 1
      perProject.set(row.projectId, inProject)
      const rules = rulesBroken(policy, row, inProject)
      return rules.length > 0 ? [breachOf(row, rules)] : []
    })
    if (rows.length < PART) return
    after = rows.at(-1)
  }
}

type Row = Awaited<ReturnType<typeof selectRows>>[number]

/** Keys that work, in the order in which they were made. */
function selectRows(order: 'newest' | 'oldest', limit: number, after?: { createdText: string; id: string }) {
  const { createdAt, id } = apiKeys
  const behind = after && sql`(${createdAt}, ${id}) > (${after.createdText}::text::timestamptz(3), ${after.id})`
  return db()
    .select({
      id,
      label: apiKeys.label,
      projectId: apiKeys.projectId,
      project: { slug: projects.slug, name: projects.name },
      thirdPartyId: apiKeys.thirdPartyId,
      scopes: apiKeys.scopes,
      allowedAddresses: apiKeys.allowedAddresses,
      expiresAt: apiKeys.expiresAt,
      createdText: sql<string>`${createdAt}::text`,
      idleSince: sql<Date>`${idleSince}`.mapWith(createdAt),
    })
    .from(apiKeys)
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .where(and(statusCondition.active, behind))
    .orderBy(...(order === 'newest' ? [desc(createdAt), desc(id)] : [asc(createdAt), asc(id)]))
    .limit(limit)
}

/** @param inProject how many keys of the project were looked at, with this one */
function rulesBroken(policy: Policy, row: Row, inProject: number): PolicyRule[] {
  const { maxLifetimeDays, idleDays } = policy
  const now = Date.now()
  const broken: Record<PolicyRule, boolean> = {
    expiry: row.expiresAt === null && (policy.expiryRequired || maxLifetimeDays !== null),
    // What ends as soon as a key made now would have to is no longer worth a word.
    lifetime:
      maxLifetimeDays !== null && row.expiresAt !== null && row.expiresAt.getTime() > now + maxLifetimeDays * DAY,
    thirdParty: policy.thirdPartyRequired && row.thirdPartyId === null,
    scopes: policy.withheldScopes.some((scope) => row.scopes.includes(scope)),
    addresses: !withinRanges(row.allowedAddresses, policy.addressRanges),
    room: inProject > policy.maxKeysPerProject,
    idle: idleDays !== null && row.idleSince.getTime() < now - idleDays * DAY,
  }
  return policyRules.filter((rule) => broken[rule])
}

const DAY = 86_400_000

const breachOf = ({ id, label, project, expiresAt }: Row, rules: PolicyRule[]): Breach => ({
  id,
  label,
  project,
  expiresAt: expiresAt?.toISOString() ?? null,
  rules,
})

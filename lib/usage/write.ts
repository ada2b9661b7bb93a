import 'server-only'
import { sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecretUses, apiKeySources, apiKeyUsage, apiKeyUses, siteUsage } from '@/db/schema'

/** What was counted of one secret since the last write. */
export interface PendingUse {
  secretId: string
  keyId: string
  projectId: string
  /** Set when the time of the latest use is to be written; `at` is monotonic, in ms. */
  lastUse?: { at: number; address: string | null; userAgent: string | null; route: string }
  /** Hours since 1970 → what happened in them. */
  hours: Map<number, { requests: number; refused: number; routes: Map<string, number> }>
  /** "address agent" → requests. */
  sources: Map<string, number>
}

/**
 * Writes a batch in one statement: last use of secrets and keys, one row for each secret and hour, and sources. Ids are
 * sorted, so that two instances never wait for each other in a circle. Ages are sent instead of times, since the
 * database's clock is the only one that all instances share.
 */
export async function writeUsage(batch: readonly PendingUse[]): Promise<void> {
  const now = performance.now()
  const rows = batch.map(({ secretId, keyId, projectId, lastUse, hours, sources }) => ({
    secret_id: secretId,
    key_id: keyId,
    project_id: projectId,
    used_ago: lastUse ? (now - lastUse.at) / 1000 : null,
    address: lastUse?.address ?? null,
    user_agent: lastUse?.userAgent ?? null,
    route: lastUse?.route ?? null,
    hours: [...hours].map(([hour, { requests, refused, routes }]) => ({
      hour: new Date(hour * 3_600_000).toISOString(),
      requests,
      refused,
      routes: Object.fromEntries(routes),
    })),
    sources: [...sources].map(([source, requests]) => {
      const [address, agent] = source.split(' ')
      return { address, agent, requests }
    }),
  }))
  await db().execute(sql`
    with batch as (
      select *, now() - make_interval(secs => used_ago) as used_at
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(
        secret_id text, key_id text, project_id text, used_ago float8, address text, user_agent text, route text,
        hours jsonb, sources jsonb)
    ), secrets as (
      insert into ${apiKeySecretUses} (secret_id, used_at)
      select secret_id, used_at from batch where used_at is not null order by secret_id
      on conflict (secret_id) do update set used_at = greatest(excluded.used_at, ${apiKeySecretUses}.used_at)
    ), keys as (
      insert into ${apiKeyUses} (key_id, project_id, used_at, address, user_agent, route)
      select distinct on (key_id) key_id, project_id, used_at, address, user_agent, route
      from batch where used_at is not null order by key_id, used_at desc
      on conflict (key_id) do update set used_at = excluded.used_at, address = excluded.address,
        user_agent = excluded.user_agent, route = excluded.route
      where excluded.used_at > ${apiKeyUses}.used_at
    ), hours as (
      insert into ${apiKeyUsage} (secret_id, key_id, hour, requests, refused, routes)
      select secret_id, key_id, h.hour, h.requests, h.refused, h.routes
      from batch, jsonb_to_recordset(batch.hours) as h(hour timestamptz, requests bigint, refused bigint, routes jsonb)
      order by secret_id, h.hour
      on conflict (secret_id, hour) do update set
        requests = ${apiKeyUsage}.requests + excluded.requests,
        refused = ${apiKeyUsage}.refused + excluded.refused,
        routes = (
          select jsonb_object_agg(name, total) from (
            select name, sum(count::bigint) as total from (
              select * from jsonb_each_text(${apiKeyUsage}.routes) as old(name, count)
              union all select * from jsonb_each_text(excluded.routes) as new(name, count)
            ) as both_sides group by name
          ) as merged)
    ), site as (
      insert into ${siteUsage} (hour, requests, refused)
      select h.hour, sum(h.requests), sum(h.refused)
      from batch, jsonb_to_recordset(batch.hours) as h(hour timestamptz, requests bigint, refused bigint)
      group by h.hour order by h.hour
      on conflict (hour) do update set
        requests = ${siteUsage}.requests + excluded.requests,
        refused = ${siteUsage}.refused + excluded.refused
    )
    insert into ${apiKeySources} (key_id, address, agent, first_seen_at, last_seen_at, requests)
    select key_id, s.address, s.agent, now(), now(), sum(s.requests)
    from batch, jsonb_to_recordset(batch.sources) as s(address text, agent text, requests bigint)
    group by key_id, s.address, s.agent order by key_id, s.address, s.agent
    on conflict (key_id, address, agent) do update set last_seen_at = excluded.last_seen_at,
      requests = ${apiKeySources}.requests + excluded.requests`)
}

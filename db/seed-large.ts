import 'server-only'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres, { type Sql } from 'postgres'
import { GENESIS, type Link, nextLink, sealHead } from '@/lib/audit/chain'
import { hashPassword } from '@/lib/users/passwords'

/** How many rows of each kind a seeded database has. */
export interface Scale {
  users: number
  keys: number
  thirdParties: number
  events: number
}

export const largeScale: Scale = { users: 20_000, keys: 1_000_000, thirdParties: 10_000, events: 3_000_000 }

/** Rows of one statement: more would need memory for what is checked at its end. */
const PART = 100_000

/**
 * Fills an empty, migrated PostgreSQL database with a site of this size, in minutes, past the verbs: rows that fit
 * together, spread over all buckets of the admin view, and an audit log whose chain holds. Of the keys nobody has the
 * secret.
 *
 * @param url of a role that owns the tables
 * @param admin who can sign in; everybody else has no password
 */
export async function seedLarge(
  url: string,
  scale: Scale,
  admin: { email: string; password: string },
  say: (text: string) => void = () => {},
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
  try {
    await sql`set maintenance_work_mem = '512MB'`
    await sql`set synchronous_commit = off`
    const indexes = await dropIndexes(sql)
    // The log's own triggers queue each event to be sealed; here all are sealed at once.
    await sql`alter table audit_events disable trigger user`
    say('people, projects and third parties')
    await insertPeople(sql, scale, await hashPassword(admin.password), admin.email)
    say('keys')
    await insertKeys(sql, scale)
    say('audit events')
    await insertEvents(sql, scale)
    await sql`alter table audit_events enable trigger user`
    say('the chain of the audit log')
    await sealAll(url, sql)
    say('indexes')
    for (const index of indexes) await sql.unsafe(index)
    await sql.unsafe('vacuum analyze')
  } finally {
    await sql.end()
  }
}

/** Building an index over all rows at once is many times faster than one row at a time. Returns how to make them. */
async function dropIndexes(sql: Sql): Promise<string[]> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = 'public' and not exists (select 1 from pg_constraint where conname = indexname)`
  for (const { name } of indexes) await sql`drop index ${sql(name)}`
  return indexes.map(({ definition }) => definition)
}

/** Runs an insert for the numbers from 1 to `rows`, in parts. */
async function inParts(rows: number, insert: (first: number, last: number) => Promise<unknown>): Promise<void> {
  for (let first = 1; first <= rows; first += PART) await insert(first, Math.min(first + PART - 1, rows))
}

/** A project for each person, a second member in every fifth, and the third parties in the first projects. */
async function insertPeople(sql: Sql, { users, thirdParties }: Scale, passwordHash: string, email: string) {
  const first = 'Ada Bruno Chiara Dmitri Edda Farid Greta Hiro Ines Jonas Kira Liam Mara Nils Olga Pavel'.split(' ')
  const last = 'Abel Brandt Costa Duarte Eriksen Ferrari Goetz Hansen Ito Jansen Kovacs Lind Moreau Novak'.split(' ')
  const words = 'Billing Invoices Parcel Ledger Weather Harvest Bridge Signal Atlas Copper Meadow Tide'.split(' ')
  const at = (list: string[], n: string) => sql`(${list}::text[])[1 + (${sql.unsafe(n)}) % ${list.length}::int]`
  const name = sql`${at(first, 'n * 7')} || ' ' || ${at(last, 'n / 16')}`
  await sql`insert into users (id, email, name, password_hash, is_admin, email_verified_at, created_at, disabled_at)
    select 'u' || n, case when n = 1 then ${email} else lower(replace(${name}, ' ', '.')) || n || '@example.com' end,
      case when n = 1 then 'Site Admin' else ${name} end, case when n = 1 then ${passwordHash} end, n = 1, now(),
      now() - make_interval(mins => n * 25), case when n % 1000 = 7 then now() end
    from generate_series(1, ${users}::int) n`
  await sql`insert into projects (id, slug, name)
    select 'p' || n, 'project-' || n, ${at(words, 'n')} || ' ' || ${at(words, 'n / 12')} || ' ' || n
    from generate_series(1, ${users}::int) n`
  await sql`insert into memberships (project_id, user_id, role)
    select 'p' || n, 'u' || n, 'owner' from generate_series(1, ${users}::int) n`
  await sql`insert into memberships (project_id, user_id, role)
    select 'p' || n, 'u' || n % ${users}::int + 1, 'developer' from generate_series(5, ${users}::int - 1, 5) n`
  await sql`insert into third_parties (id, project_id, name, created_by_id)
    select 't' || n, 'p' || n, ${at(words, 'n * 5')} || ' ' || ${at(last, 'n / 3')} || ' ' || n, 'u' || n
    from generate_series(1, ${thirdParties}::int) n`
  await sql`insert into sessions (id, user_id, address, user_agent, last_seen_at)
    select 's' || n, 'u' || n, '198.51.100.' || n % 250, 'Mozilla/5.0', now() - make_interval(mins => n)
    from generate_series(1, ${users}::int) n`
  await sql`insert into oauth_clients (id, project_id, name, kind, is_public, redirect_uris, grant_types, scopes,
      access_ttl, refresh_ttl, machine_ttl, verified_at, created_at, created_by_id, responsible_id)
    select 'c' || n, 'p' || n, ${at(words, 'n * 3')} || ' app ' || n, 'web', false, '{https://app.example.com/callback}',
      '{authorization_code,refresh_token}', '{openid}', 900, 2592000, 3600, case when n % 4 = 0 then now() end,
      now() - make_interval(mins => n * 40), 'u' || n, 'u' || n
    from generate_series(1, ${Math.ceil(users / 10)}::int) n`
}

/** Of a hundred keys a few are in each bucket. They belong to the projects that have third parties. */
async function insertKeys(sql: Sql, { keys, thirdParties }: Scale): Promise<void> {
  const what = 'Nightly export,Invoice sync,Order import,Status page,Partner feed,Warehouse,Reports,Mobile app'.split(
    ',',
  )
  const p = sql`(n % ${thirdParties}::int + 1)`
  await inParts(keys, async (first, last) => {
    const numbers = sql`generate_series(${first}::int, ${last}::int) n`
    await sql`insert into api_keys (id, project_id, label, third_party_id, scopes, created_at, created_by_id,
        responsible_id, expires_at, revoked_at, revoke_reason)
      select 'k' || n, 'p' || ${p}, (${what}::text[])[1 + n % 8] || ' ' || n, case when n % 50 > 0 then 't' || ${p} end,
        case when n % 200 = 9 then '{keys:write}' when n % 200 = 109 then '{apps:write}' when n % 1000 = 11 then '{credentials:verify}' when n % 3 = 0 then '{orders:read,orders:write}'
          else '{orders:read}' end::text[],
        now() - make_interval(secs => (${keys}::int - n) * 30.0 + 600), 'u' || ${p}, 'u' || ${p},
        case when n % 100 = 1 then now() + interval '5 days' when n % 50 = 2 then now() - interval '5 days'
          when n % 3 > 0 then now() + make_interval(days => 60 + n % 300) end,
        case when n % 20 = 3 then now() - interval '1 day' end, case when n % 20 = 3 then 'No longer needed' end
      from ${numbers}`
    await sql`insert into api_key_uses (key_id, project_id, used_at, address, user_agent, route)
      select 'k' || n, 'p' || ${p}, case when n % 10 = 0 then '1970-01-01Z'::timestamptz
          when n % 25 = 1 then now() - interval '120 days' else now() - make_interval(secs => n % 2000000) end,
        '198.51.100.' || n % 250, 'curl/8.5.0', 'GET /api/v1/me'
      from ${numbers}`
    await sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
      select 's' || n, 'k' || n, 'x' || lpad(n::text, 11, '0'), md5(n::text) || left(md5(n::text), 11), '1'
      from ${numbers}`
    await sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id, ends_at)
      select 'o' || n, 'k' || n, 'y' || lpad(n::text, 11, '0'), md5(n::text), '1', now() + interval '6 days'
      from ${numbers} where n % 1000 = 4`
    await sql`insert into api_key_usage (secret_id, key_id, hour, requests, refused, routes)
      select 's' || n, 'k' || n, date_trunc('hour', now()) - make_interval(hours => n / 100 % 48), 40, n % 3, '{}'
      from ${numbers} where n % 100 = 6`
  })
  await sql`insert into site_usage (hour, requests, refused)
    select date_trunc('hour', now()) - make_interval(hours => n), 5000 + n * 37 % 900, n * 13 % 60
    from generate_series(0, 720) n`
}

/** Events of the last year, one every few seconds, about the keys and people that there are. */
async function insertEvents(sql: Sql, { users, keys, thirdParties, events }: Scale): Promise<void> {
  const step = (365 * 86_400) / events
  await inParts(
    events,
    (first, last) => sql`insert into audit_events (id, at, actor_kind, actor_id, actor_name, action, target_kind,
        target_id, target_name, project_id, result, address, user_agent, request_id)
      select 'e' || n, now() - make_interval(secs => (${events}::int - n + 1) * ${step}::float8), 'user',
        'u' || n % ${users}::int + 1, 'Person ' || n % ${users}::int + 1,
        case when n % 50 = 5 then 'key.revoked' when n % 3 = 0 then 'key.created' else 'key.updated' end, 'key',
        'k' || n % ${keys}::int + 1, 'Key ' || n % ${keys}::int + 1,
        'p' || (n % ${keys}::int + 1) % ${thirdParties}::int + 1,
        case when n % 500 = 5 then 'refused' else 'allowed' end, '198.51.100.' || n % 250, 'Mozilla/5.0', 'r' || n
      from generate_series(${first}::int, ${last}::int) n order by n`,
  )
}

/** Seals every event as the sealer does, in one go. */
async function sealAll(url: string, sql: Sql): Promise<void> {
  // Reading and writing at the same time takes two connections.
  const reader = postgres(url, { max: 1, connection: { TimeZone: 'UTC' } })
  let link: Link = GENESIS
  async function* seals() {
    const columns = sql`sequence::float8 as sequence, id, at, actor_kind as "actorKind", actor_id as "actorId",
      actor_name as "actorName", action, target_kind as "targetKind", target_id as "targetId",
      target_name as "targetName", project_id as "projectId", result, address, user_agent as "userAgent",
      request_id as "requestId", changes`
    const events = reader<Parameters<typeof nextLink>[1][]>`select ${columns} from audit_events order by sequence`
    for await (const rows of events.cursor(5_000)) {
      let lines = ''
      for (const event of rows) {
        link = nextLink(link, event)
        lines += `${link.number}\t${event.id}\t${link.hash}\n`
      }
      yield lines
    }
  }
  try {
    const sink = (await sql`copy audit_seals (number, event_id, hash) from stdin`.writable()) as Writable
    await pipeline(Readable.from(seals()), sink)
  } finally {
    await reader.end()
  }
  const { mac, pepperId } = sealHead(link)
  await sql`insert into audit_head (id, number, hash, mac, pepper_id)
    values (1, ${link.number}, ${link.hash}, ${mac}, ${pepperId})`
}

import postgres, { type Sql } from 'postgres'
import { openPostgres } from '@/db'
import { migrate } from '@/db/migrate'
import { hash, mint } from '@/lib/credentials'
import { checksum } from '@/lib/credentials/checksum'
import { parsePeppers } from '@/lib/credentials/peppers'

/** A credential that exists, and the row of its key: `k17`. */
export interface BenchKey {
  credential: string
  publicId: string
  secretHash: string
}

const KEYS_PER_PROJECT = 1_000

/** Makes credentials, with hashes as the portal stores them. */
export function mintKeys(count: number, peppers: string): BenchKey[] {
  const [pepper] = parsePeppers(peppers)
  return Array.from({ length: count }, () => {
    const { publicId, credential } = mint('api_key', 'lk')
    return { credential: credential.reveal(), publicId, secretHash: hash(credential, pepper).reveal() }
  })
}

/** A well-formed credential that differs from `credential` in one character of its secret, counted from 0. */
export function wrongAt(credential: string, position: number): string {
  const start = credential.length - 6 - 43 + position
  const other = credential[start] === 'x' ? 'y' : 'x'
  const body = credential.slice(0, start) + other + credential.slice(start + 1, -6)
  return body + checksum(body)
}

/**
 * Makes a database with `size` keys, a thousand to a project. `real` ones are spread among them evenly; of the others
 * nobody has the secret.
 *
 * @returns its URL
 */
export async function fillDatabase(server: string, size: number, real: readonly BenchKey[]): Promise<string> {
  const name = `bench_${size}`
  const url = new URL(server)
  url.pathname = name
  const admin = postgres(server, { max: 1 })
  await admin`create database ${admin(name)}`
  await admin.end()
  const handle = openPostgres(url.href, null)
  await migrate(handle)
  await handle.close()

  const sql = postgres(url.href, { max: 1, onnotice: () => {} })
  // Rows that fit together are made here; asking each row for its parents takes longer than all the rest.
  await sql`set session_replication_role = replica`
  await sql`set maintenance_work_mem = '512MB'`
  const indexes = await dropIndexes(sql)
  await insertRows(sql, size, real)
  for (const index of indexes) await sql.unsafe(index)
  await sql.unsafe('vacuum analyze')
  await sql.end()
  return url.href
}

/** Ends every key from the `from`th of the real ones on, as revoking does. */
export async function revokeRest(url: string, size: number, real: readonly BenchKey[], from: number): Promise<void> {
  const sql = postgres(url, { max: 1 })
  const ids = real.slice(from).map((_, index) => `k${(from + index) * stride(size, real)}`)
  await sql`update api_keys set revoked_at = now() where id in ${sql(ids)}`
  await sql.end()
}

const stride = (size: number, real: readonly BenchKey[]) => Math.floor(size / real.length)

/** Building an index over all rows at once is many times faster than one row at a time. Returns how to make them. */
async function dropIndexes(sql: Sql): Promise<string[]> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = 'public' and not exists (select 1 from pg_constraint where conname = indexname)`
  for (const { name } of indexes) await sql`drop index ${sql(name)}`
  return indexes.map(({ definition }) => definition)
}

async function insertRows(sql: Sql, size: number, real: readonly BenchKey[]): Promise<void> {
  const projects = Math.ceil(size / KEYS_PER_PROJECT) - 1
  const last = size - 1
  await sql`create temporary table real (n integer primary key, public_id text, secret_hash text)`
  await sql`insert into real select ordinality - 1, public_id, secret_hash from unnest(
    ${real.map(({ publicId }) => publicId)}::text[], ${real.map(({ secretHash }) => secretHash)}::text[]
  ) with ordinality as r(public_id, secret_hash, ordinality)`
  await sql`insert into users (id, email, name)
    select 'u' || i, 'u' || i || '@example.com', 'Person ' || i from generate_series(0, ${projects}::int) i`
  await sql`insert into projects (id, slug, name)
    select 'p' || i, 'project-' || i, 'Project ' || i from generate_series(0, ${projects}::int) i`
  await sql`insert into memberships (project_id, user_id, role)
    select 'p' || i, 'u' || i, 'owner' from generate_series(0, ${projects}::int) i`
  await sql`insert into third_parties (id, project_id, name)
    select 't' || i, 'p' || i, 'Third party ' || i from generate_series(0, ${projects}::int) i`
  await sql`insert into api_keys (id, project_id, label, third_party_id, scopes, created_by_id, responsible_id)
    select 'k' || i, 'p' || p, 'Key ' || i, 't' || p, '{keys:read,credentials:verify}', 'u' || p, 'u' || p
    from generate_series(0, ${last}::int) i, lateral (select i / ${KEYS_PER_PROJECT}::int as p) project`
  await sql`insert into api_key_uses (key_id, project_id)
    select 'k' || i, 'p' || i / ${KEYS_PER_PROJECT}::int from generate_series(0, ${last}::int) i`
  await sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
    select 's' || i, 'k' || i, coalesce(real.public_id, left(md5(i::text), 5) || lpad(i::text, 7, '0')),
      coalesce(real.secret_hash, left(md5(i::text) || md5(i::text), 43)), '1'
    from generate_series(0, ${last}::int) i left join real on real.n * ${stride(size, real)}::int = i`
}

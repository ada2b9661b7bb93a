import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import postgres from 'postgres'

/** Where things are kept. */
interface Places {
  dataDir: string
  /** Null: the embedded database, which nobody may hold open. */
  databaseUrl: string | null
  output: string
}

/** What a thief of the database, its files and all logs would have: each place by name. */
export async function everythingKept({ dataDir, databaseUrl, output }: Places): Promise<Map<string, string>> {
  const places = new Map([['log', output]])
  const query = databaseUrl ? postgresQuery(databaseUrl) : await embeddedQuery(join(dataDir, 'db'))
  const tables = await query.rows(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  for (const { name } of tables) {
    const rows = await query.rows(`select t::text as row from ${name} t`)
    places.set(`table ${name}`, rows.map(({ row }) => row).join('\n'))
  }
  await query.end()
  // Old versions of rows and the journal too. Latin-1 keeps every byte findable.
  for (const file of filesIn(dataDir)) places.set(file, readFileSync(file, 'latin1'))
  return places
}

/** Which of `secrets` stand in a text. Reads it once, however many there are. */
export function secretsIn(text: string, secrets: Iterable<string>): string[] {
  const heads = new Map<string, string[]>()
  for (const secret of secrets) {
    const head = secret.slice(0, 8)
    if (head.length === 8) heads.set(head, [...(heads.get(head) ?? []), secret])
  }
  const found = new Set<string>()
  for (let at = 0; at + 8 <= text.length; at++) {
    for (const secret of heads.get(text.slice(at, at + 8)) ?? []) if (text.startsWith(secret, at)) found.add(secret)
  }
  return [...found]
}

interface Query {
  rows(text: string): Promise<Record<string, string>[]>
  end(): Promise<void>
}

function postgresQuery(url: string): Query {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return { rows: (text) => sql.unsafe(text), end: () => sql.end() }
}

async function embeddedQuery(folder: string): Promise<Query> {
  const client = new PGlite({ dataDir: folder, extensions: { pg_trgm } })
  return {
    rows: async (text) => (await client.query<Record<string, string>>(text)).rows,
    end: () => client.close(),
  }
}

/** The generated secrets of the site itself lie there too, in files of their own. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && !/\/(auth-secret|key-peppers)$/.test(file))

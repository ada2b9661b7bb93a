import 'server-only'
import type { PGlite } from '@electric-sql/pglite'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import { type Database, db, handle } from '.'
import * as schema from './schema'

// For tests that look at how the database goes about what it is asked.

interface Statement {
  query: string
  params: unknown[]
}

/** Puts a client in place that writes down what it asks, from now on, and returns where. */
export function watchStatements(): Statement[] {
  const asked: Statement[] = []
  const { $client: client } = db() as unknown as { $client: Sql & PGlite }
  const logger = { logQuery: (query: string, params: unknown[]) => void asked.push({ query, params }) }
  const made =
    handle().kind === 'postgres'
      ? drizzlePostgres({ client, schema, logger })
      : drizzlePglite({ client, schema, logger })
  handle().db = made as unknown as Database
  return asked
}

/** The plan that the database makes for a statement. */
export async function explain({ query, params }: Statement): Promise<string> {
  const { $client } = db() as unknown as { $client: Sql & PGlite }
  if (handle().kind === 'postgres') {
    const rows = await $client.unsafe(`explain ${query}`, params as string[])
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const { rows } = await $client.query<{ 'QUERY PLAN': string }>(`explain ${query}`, params)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

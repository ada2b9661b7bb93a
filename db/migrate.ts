import 'server-only'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { env } from '@/lib/env'
import { type Handle, handle, openPostgres } from '.'

/** Any number that no other program uses on this database. */
const MIGRATION_LOCK = 7_228_135_001

/** Migrates the process's database, as `DATABASE_OWNER_URL` when it is set. */
export async function migrateConfigured(): Promise<void> {
  const { DATABASE_URL, DATABASE_OWNER_URL } = env()
  if (!DATABASE_URL) return migrate(handle())
  const owner = openPostgres(DATABASE_OWNER_URL ?? DATABASE_URL, null)
  try {
    await migrate(owner, DATABASE_OWNER_URL && decodeURIComponent(new URL(DATABASE_URL).username))
  } finally {
    await owner.close()
  }
}

/**
 * Brings the schema up to date from `drizzle/`, in one transaction under a lock that belongs to it: of two instances
 * that start at once one migrates and the other finds nothing left to do. (Drizzle's own migrator decides what to run
 * before it has any lock.)
 *
 * @param grantTo the application's role, when another role owns the schema; it may read and write rows, no more, and those of the
 *   audit log only read and add.
 */
export async function migrate(handle: Handle, grantTo?: string): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: 'drizzle' })
  await handle.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await tx.execute(sql`create table if not exists latchkey_migrations (
      hash text primary key, created_at timestamptz not null default now())`)
    for (const migration of migrations) {
      const [fresh] = await tx
        .select({ todo: sql<boolean>`not exists (select 1 from latchkey_migrations where hash = ${migration.hash})` })
        .from(sql`(select 1) as one`)
      if (!fresh?.todo) continue
      for (const statement of migration.sql) await tx.execute(sql.raw(statement))
      await tx.execute(sql`insert into latchkey_migrations (hash) values (${migration.hash})`)
    }
    if (grantTo) {
      const role = sql.identifier(grantTo)
      await tx.execute(sql`grant usage on schema public to ${role}`)
      await tx.execute(sql`grant select, insert, update, delete on all tables in schema public to ${role}`)
      // The audit log can only grow; that its triggers say so too is for the owner's own sake.
      await tx.execute(sql`revoke update, delete, truncate on audit_events, audit_seals from ${role}`)
      await tx.execute(sql`grant usage on all sequences in schema public to ${role}`)
    }
  })
}

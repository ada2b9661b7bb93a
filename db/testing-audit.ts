import 'server-only'
import { type SQL, sql } from 'drizzle-orm'
import { forget } from '@/lib/runtime'
import { db } from '.'

// For tests that tamper with the audit log.

/** As somebody who may do everything in the database, and has not got the secrets of the site. */
export async function asSuperuser(...statements: SQL[]): Promise<void> {
  const triggers = async (what: 'enable' | 'disable') => {
    for (const table of ['audit_events', 'audit_seals']) {
      await db().execute(sql.raw(`alter table ${table} ${what} trigger all`))
    }
  }
  await triggers('disable')
  try {
    for (const statement of statements) await db().execute(statement)
  } finally {
    await triggers('enable')
  }
}

/** Takes the log away as if there had never been one. */
export async function forgetLog(): Promise<void> {
  const tables = ['audit_unsealed', 'audit_seals', 'audit_events', 'audit_head']
  await asSuperuser(...tables.map((table) => sql.raw(`delete from ${table}`)))
  await db().execute(sql`alter sequence audit_sealings restart`)
  forget('audit-sealing')
}

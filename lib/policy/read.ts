import 'server-only'
import { eq } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sitePolicy } from '@/db/schema'
import { env } from '@/lib/env'
import { defaultPolicy, type Policy, type PolicyField, policySchema } from './input'

/** The policy that is in force now: the environment before what admins set, and that before the defaults. */
export async function readPolicy(database: Database = db()): Promise<Policy> {
  const [row] = await database.select({ values: sitePolicy.values }).from(sitePolicy).where(eq(sitePolicy.id, 'site'))
  return { ...defaultPolicy, ...readable(row?.values ?? {}), ...policyOfEnv() }
}

/** What the environment sets, which admins cannot change. */
export function policyOfEnv(): Partial<Policy> {
  const { SIGN_UP, USAGE_RETENTION_DAYS } = env()
  return {
    ...(SIGN_UP !== undefined && { signUp: SIGN_UP }),
    ...(USAGE_RETENTION_DAYS !== undefined && { usageRetentionDays: USAGE_RETENTION_DAYS }),
  }
}

/** The stored fields, each for itself: one that a later version no longer understands must not undo the others. */
function readable(values: Record<string, unknown>): Partial<Policy> {
  const fields = Object.keys(defaultPolicy) as PolicyField[]
  return Object.fromEntries(
    fields.flatMap((field) => {
      const { success, data } = policySchema.shape[field].safeParse(values[field])
      return success ? [[field, data]] : []
    }),
  )
}

import 'server-only'
import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { SystemActor } from '@/lib/actor'
import { sealEvents } from '@/lib/audit/seal'
import { randomId } from '@/lib/credentials'
import { env } from '@/lib/env'
import { createKey } from '@/lib/keys/create'
import { createKeySchema } from '@/lib/keys/input'
import { revokeKey } from '@/lib/keys/revoke'
import { insertUser } from '@/lib/users/create'
import { hashPassword } from '@/lib/users/passwords'
import { db } from '.'
import { memberships, users } from './schema'
import { largeScale, seedLarge } from './seed-large'

export type SeedScale = 'small' | 'large'

const ADMIN = 'admin@example.com'

/**
 * Fills an empty, migrated database with people, projects and keys to look at: `small` by the verbs that make them in
 * earnest, `large` in bulk, on PostgreSQL only.
 *
 * @returns who can sign in: everybody of the small one with the same password, of the large one the admin
 * @throws Error on a database that somebody uses
 */
export async function seed(
  scale: SeedScale,
  say: (text: string) => void = () => {},
): Promise<{ email: string; password: string }> {
  const [someone] = await db().select({ id: users.id }).from(users).limit(1)
  if (someone) throw new Error('This database has people in it. Only an empty one is filled; nothing was changed.')
  const password = randomBytes(18).toString('base64url')
  if (scale === 'small') await seedSmall(password)
  else {
    const { DATABASE_URL, DATABASE_OWNER_URL } = env()
    const url = DATABASE_OWNER_URL ?? DATABASE_URL
    if (!url) throw new Error('The large scale needs a PostgreSQL server: set DATABASE_URL.')
    await seedLarge(url, largeScale, { email: ADMIN, password }, say)
  }
  return { email: ADMIN, password }
}

/** Three people, two of them in one project, and keys in every state. */
async function seedSmall(password: string): Promise<void> {
  const passwordHash = await hashPassword(password)
  const person = (name: string, email: string, isAdmin = false) =>
    db().transaction((tx) => insertUser(tx, cli(), { name, email, passwordHash, isAdmin, verified: true }))
  await person('Site Admin', ADMIN, true)
  const mara = await person('Mara Lind', 'mara@example.com')
  const jonas = await person('Jonas Duarte', 'jonas@example.com')
  await db().insert(memberships).values({ projectId: mara.project.id, userId: jonas.id, role: 'developer' })
  const make = (label: string, fields: Record<string, unknown> = {}) =>
    createKey(cli(mara.id), mara.project.id, createKeySchema.parse({ label, ...fields }))
  const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()
  await make('Invoice sync', { thirdParty: { name: 'Billing GmbH' }, scopes: ['orders:read'], expiresAt: days(90) })
  await make('Parcel labels', { thirdParty: { name: 'Parcel One' }, scopes: ['orders:read', 'orders:write'] })
  await make('Pilot', { thirdParty: { name: 'Harvest Analytics' }, expiresAt: days(5) })
  const { key } = await make('Old export', { thirdParty: { name: 'Billing GmbH' } })
  await revokeKey(cli(), key.id, { reason: 'Replaced by Invoice sync', asAdmin: true })
  await make('Unassigned')
  await sealEvents()
  await db().execute(sql`analyze`)
}

const cli = (asUserId?: string): SystemActor => ({
  kind: 'system',
  name: 'cli',
  asUserId,
  origin: { address: null, userAgent: null, requestId: randomId() },
})

import 'server-only'
import { and, desc, eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { queueMail } from '@/lib/mail/queue'
import { deviceName } from './device'
import { type Factor, hasSecondFactor } from './second-factor'

/** How many sessions back a device is looked for. */
const REMEMBERED = 200

/**
 * Starts a session of a person who has just proved who they are. When they have a second factor and have not proved it,
 * the session awaits that step: until then it is nobody's.
 *
 * @param factor what they proved it by
 * @returns the session's id, which goes into the cookie's token
 */
export async function startSession(
  tx: Database,
  user: { id: string; name: string },
  origin: Origin,
  { factor }: { factor?: Factor } = {},
): Promise<string> {
  const id = randomId(32)
  const awaitsSecondStep = !factor && (await hasSecondFactor(tx, user.id))
  if (!awaitsSecondStep) await tellOfNewDevice(tx, user, origin)
  await tx.insert(sessions).values({
    id,
    userId: user.id,
    awaitsSecondStep,
    address: origin.address,
    userAgent: origin.userAgent?.slice(0, 500) ?? null,
  })
  await recordAudit(
    tx,
    { kind: 'system', name: 'server', asUserId: user.id, origin },
    {
      action: awaitsSecondStep ? 'session.half_started' : 'session.started',
      target: { kind: 'user', id: user.id, name: user.name },
      ...(factor && { changes: { proof: [null, factor] } }),
    },
  )
  return id
}

/** Tells a person who has signed in before, and never by a browser and system of this kind. */
async function tellOfNewDevice(tx: Database, user: { id: string; name: string }, origin: Origin): Promise<void> {
  const known = await tx
    .select({ userAgent: sessions.userAgent })
    .from(sessions)
    .where(and(eq(sessions.userId, user.id), eq(sessions.awaitsSecondStep, false)))
    .orderBy(desc(sessions.createdAt))
    .limit(REMEMBERED)
  const device = deviceName(origin.userAgent)
  if (known.length === 0 || known.some(({ userAgent }) => deviceName(userAgent) === device)) return
  const [person] = await tx.select({ email: users.email }).from(users).where(eq(users.id, user.id))
  if (!person) return
  const to = { userId: user.id, email: person.email, name: user.name }
  await queueMail(tx, { kind: 'new_sign_in', to, device, address: origin.address, at: new Date() })
}

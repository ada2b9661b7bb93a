import 'server-only'
import type { Database } from '@/db'
import { sessions } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'

/** Starts a session of a person who has just proved who they are. Returns its id, which goes into the cookie's token. */
export async function startSession(tx: Database, user: { id: string; name: string }, origin: Origin): Promise<string> {
  const id = randomId(32)
  await tx.insert(sessions).values({
    id,
    userId: user.id,
    address: origin.address,
    userAgent: origin.userAgent?.slice(0, 500) ?? null,
  })
  await recordAudit(
    tx,
    { kind: 'system', name: 'server', asUserId: user.id, origin },
    { action: 'session.started', target: { kind: 'user', id: user.id, name: user.name } },
  )
  return id
}

import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { sessions } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'

/** Notes in another act that the actor has just proved who they are, and by what. Throws Failure `conflict`. */
export async function markRecent(tx: Database, actor: SessionActor, proof: 'password' | 'passkey'): Promise<void> {
  const marked = await tx
    .update(sessions)
    .set({ authenticatedAt: sql`now()` })
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
    .returning({ id: sessions.id })
  if (marked.length === 0) throw new Failure('conflict', 'The session has ended. Sign in again.')
  await recordAudit(tx, actor, {
    action: 'session.confirmed',
    target: { kind: 'user', id: actor.userId, name: actor.name },
    changes: { proof: [null, proof] },
  })
}

import 'server-only'
import { db } from '@/db'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { endAllSessions, lockUser } from './lock'

/**
 * Ends all sessions of a person, the actor's own too when it is them. For site admins by session and the command line.
 *
 * @returns how many sessions ended
 * @throws Failure `not_found`, for everybody else too
 */
export async function signOutEverywhere(actor: Actor, userId: string): Promise<number> {
  return attempt(actor, { action: 'user.signed_out', target: { kind: 'user', id: userId } }, () =>
    db().transaction(async (tx) => {
      const { user } = await lockUser(tx, actor, userId)
      const ended = await endAllSessions(tx, user.id)
      await recordAudit(tx, actor, {
        action: 'user.signed_out',
        target: { kind: 'user', id: user.id, name: user.name },
        changes: { sessions: [null, ended] },
      })
      return ended
    }),
  )
}

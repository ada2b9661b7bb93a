import 'server-only'
import { db } from '@/db'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { byWhom } from '@/lib/mail/by-whom'
import { queueMail } from '@/lib/mail/queue'
import { endFactors } from './end-ways-in'
import { endAllSessions, lockUser } from './lock'

/**
 * Removes all second factors of a person who has lost them: they sign in with their password alone, and are told by mail.
 * Their sessions end. For site admins by session and the command line, who first make sure whom they help.
 *
 * @param who the id of the account, or its address
 * @throws Failure `not_found`, for everybody else too, `reauthentication_required`, `conflict` for who has none
 */
export async function resetSecondFactor(actor: Actor, who: string): Promise<{ id: string; email: string }> {
  return attempt(actor, { action: 'user.second_factor_reset', target: { kind: 'user', id: who } }, async () => {
    return db().transaction(async (tx) => {
      const { user } = await lockUser(tx, actor, who)
      const factors = await endFactors(tx, user.id)
      if (factors === 0) throw new Failure('conflict', 'This account signs in without a second step.')
      await endAllSessions(tx, user.id)
      await recordAudit(tx, actor, {
        action: 'user.second_factor_reset',
        target: { kind: 'user', id: user.id, name: user.name },
        changes: { factors: [factors, 0] },
      })
      const to = { userId: user.id, email: user.email, name: user.name }
      await queueMail(tx, { kind: 'second_factor_reset', to, by: byWhom(actor) })
      return { id: user.id, email: user.email }
    })
  })
}

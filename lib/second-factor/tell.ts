import 'server-only'
import type { Database } from '@/db'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { queueMail } from '@/lib/mail/queue'
import { placeOf } from '@/lib/sessions/device'
import type { Factor } from '@/lib/sessions/second-factor'

/** Writes down that a factor was added, and tells its person by mail. `what` is a sentence. */
export async function tellAdded(tx: Database, actor: SessionActor, factor: Factor, what: string): Promise<void> {
  await recordAudit(tx, actor, {
    action: 'user.second_factor_added',
    target: { kind: 'user', id: actor.userId, name: actor.name },
    changes: { factor: [null, factor] },
  })
  await tellChange(tx, actor, what)
}

/** As `tellAdded`, for one that was removed. */
export async function tellRemoved(tx: Database, actor: SessionActor, factor: Factor, what: string): Promise<void> {
  await recordAudit(tx, actor, {
    action: 'user.second_factor_removed',
    target: { kind: 'user', id: actor.userId, name: actor.name },
    changes: { factor: [factor, null] },
  })
  await tellChange(tx, actor, what)
}

/** Tells a person by mail what has become of their second factors. */
export async function tellChange(
  tx: Database,
  { userId, email, name, origin }: Pick<SessionActor, 'userId' | 'email' | 'name' | 'origin'>,
  what: string,
): Promise<void> {
  await queueMail(tx, { kind: 'second_factor_changed', to: { userId, email, name }, what, ...placeOf(origin) })
}

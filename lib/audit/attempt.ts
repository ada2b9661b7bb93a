import 'server-only'
import { db } from '@/db'
import type { Actor } from '@/lib/actor'
import { type ErrorCode, Failure, isFailure } from '@/lib/errors'
import { type AuditEntry, recordAudit } from './record'

/** Refusals that say that somebody tried what they may not, or what cannot be done. Wrong input is not among them. */
const refusals = new Set<ErrorCode>([
  'forbidden',
  'insufficient_scope',
  'not_found',
  'conflict',
  'cross_site',
  'address_not_allowed',
  'invalid_credentials',
  'revoked_credentials',
])

/**
 * Runs an act, and writes down when it is refused: one row, in a transaction of its own, since that of the act is gone.
 * What is allowed the act writes down itself.
 *
 * @param what the act that was tried, and on what; the name is the id where the thing is not the actor's to know
 * @throws whatever `work` throws; Failure `unavailable` when a refusal cannot be written down
 */
export async function attempt<T>(
  actor: Actor,
  {
    action,
    target,
    projectId,
  }: Omit<AuditEntry, 'target'> & { target: { kind: AuditEntry['target']['kind']; id: string } },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isFailure(error) || !refusals.has(error.code)) throw error
    const own = actor.kind === 'key' || actor.kind === 'token' ? actor.projectId : null
    await recordRefusal(
      actor,
      { action, target: { ...target, name: target.id }, projectId: error.projectId ?? projectId ?? own },
      error,
    )
    throw error
  }
}

/** Writes down a refusal, in a transaction of its own. Throws Failure `unavailable` when it cannot: then it is not told. */
export async function recordRefusal(actor: Actor, entry: AuditEntry, { code }: Failure): Promise<void> {
  const changes = { ...entry.changes, refusal: [null, code] as [null, string] }
  await db().transaction((tx) => recordAudit(tx, actor, { ...entry, result: 'refused', changes }))
}

/** Writes down that somebody tried an act of site admins that the edge kept them from, before any verb could. */
export async function recordNoAdmin(actor: Actor, route: string): Promise<void> {
  const target = { kind: 'route', id: route, name: route } as const
  await recordRefusal(actor, { action: 'request.made', target }, new Failure('not_found', 'There is no such page.'))
}

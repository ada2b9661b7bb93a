import 'server-only'
import { db } from '@/db'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { lockKeys } from '@/lib/projects/authorize'
import { isSiteAdmin, onlyAdmins } from '@/lib/users/admin'
import { REVOKED_AT_ONCE } from './listing'
import { revokeKeys } from './revoke'
import { type KeyFilter, nextToRevoke } from './search'

/** Some keys by id, or all that pass a filter. */
export type ManyKeys = { keyIds: readonly string[] } | { filter: KeyFilter }

/**
 * Revokes many keys of any project, as a site admin: some hundred at a time, each part in a transaction of its own with
 * an audit row for each key. Keys that were revoked before are left as they are, and of a filter only those that were
 * there when it began, so it can be asked for again after it was interrupted. Who calls it waits once, at the end.
 *
 * @returns after each part how many keys have ended so far
 * @throws Failure `not_found` for everybody else, also in the middle, when the role was taken away,
 *   `reauthentication_required`
 */
export async function* revokeManyKeys(
  actor: SessionActor,
  which: ManyKeys,
  { reason = null }: { reason?: string | null } = {},
): AsyncGenerator<number> {
  await tried(actor, which, async () => {
    onlyAdmins(actor)
    await requireRecentSignIn(actor)
  })
  const began = new Date()
  let revoked = 0
  for (let at = 0; ; at += REVOKED_AT_ONCE) {
    const ids =
      'keyIds' in which
        ? which.keyIds.slice(at, at + REVOKED_AT_ONCE)
        : await nextToRevoke(which.filter, began, REVOKED_AT_ONCE)
    if (ids.length === 0) return
    revoked += await revokePart(actor, ids, reason)
    yield revoked
  }
}

const revokePart = (actor: SessionActor, keyIds: readonly string[], reason: string | null): Promise<number> =>
  tried(actor, { keyIds }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        if (!(await isSiteAdmin(tx, actor))) throw notFound('key')
        await lockKeys(tx, keyIds)
        return (await revokeKeys(tx, actor, keyIds, reason, { asAdmin: true })).length
      }),
    ),
  )

/** Whatever it is refused for, it leaves one row: none for each key, of which there may be very many. */
function tried<T>(actor: SessionActor, which: ManyKeys, work: () => Promise<T>): Promise<T> {
  const id = 'keyIds' in which ? `${which.keyIds.length} keys` : 'all keys of a list'
  return attempt(actor, { action: 'key.revoked', target: { kind: 'key', id } }, work)
}

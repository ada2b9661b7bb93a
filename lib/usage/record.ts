import 'server-only'
import { sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecretUses, apiKeyUses } from '@/db/schema'
import type { KeyActor } from '@/lib/actor'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'

const EXACT_TO_MS = 60_000
const FLUSH_AFTER_MS = 100
const MOST_REMEMBERED = 50_000

interface Use {
  secret_id: string
  key_id: string
  project_id: string
  at: number
  address: string | null
  user_agent: string | null
  route: string
}

interface Uses {
  /** Secret → when its use was last noted, on this process's monotonic clock. */
  noted: Map<string, number>
  pending: Map<string, Use>
  flushing: Promise<void>
  timer?: NodeJS.Timeout
}

const uses = () => once<Uses>('uses', () => ({ noted: new Map(), pending: new Map(), flushing: Promise.resolve() }))

/**
 * Notes that a key was used by `route`. Costs the request nothing: it is written after the answer, in one statement
 * for all keys, at most once a minute for each secret, and always for the first use.
 */
export function recordUse(actor: KeyActor, route: string): void {
  const state = uses()
  const now = performance.now()
  if (now - (state.noted.get(actor.secretId) ?? -Infinity) < EXACT_TO_MS) return
  if (state.noted.size >= MOST_REMEMBERED) state.noted.clear() // Costs a few writes too many, and no memory.
  state.noted.set(actor.secretId, now)
  state.pending.set(actor.secretId, {
    secret_id: actor.secretId,
    key_id: actor.keyId,
    project_id: actor.projectId,
    at: now,
    address: actor.origin.address,
    user_agent: actor.origin.userAgent?.slice(0, 500) ?? null,
    route: route.slice(0, 200),
  })
  state.timer ??= setTimeout(() => void flushUses(), FLUSH_AFTER_MS)
}

/** Writes what was noted and not yet written. Called by a timer and at shutdown; never throws. */
export function flushUses(): Promise<void> {
  const state = uses()
  clearTimeout(state.timer)
  state.timer = undefined
  const batch = [...state.pending.values()]
  state.pending.clear()
  if (batch.length > 0) {
    state.flushing = state.flushing.then(() =>
      write(batch).catch((error: unknown) => {
        for (const use of batch) state.noted.delete(use.secret_id) // The next use tries again.
        log().warn({ err: error }, 'could not write the last use of keys')
      }),
    )
  }
  return state.flushing
}

/** One statement; ids sorted, so that two instances never wait for each other in a circle. */
async function write(batch: Use[]): Promise<void> {
  const now = performance.now()
  // Ages instead of times: the database's clock is the only one that all instances share.
  const rows = batch.map(({ at, ...use }) => ({ ...use, age: (now - at) / 1000 }))
  await db().execute(sql`
    with used as (
      select *, now() - make_interval(secs => age) as used_at
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(
        secret_id text, key_id text, project_id text, age float8, address text, user_agent text, route text)
    ), secrets as (
      insert into ${apiKeySecretUses} (secret_id, used_at)
      select secret_id, used_at from used order by secret_id
      on conflict (secret_id) do update set used_at = greatest(excluded.used_at, ${apiKeySecretUses}.used_at)
    )
    insert into ${apiKeyUses} (key_id, project_id, used_at, address, user_agent, route)
    select distinct on (key_id) key_id, project_id, used_at, address, user_agent, route
    from used order by key_id, used_at desc
    on conflict (key_id) do update set used_at = excluded.used_at, address = excluded.address,
      user_agent = excluded.user_agent, route = excluded.route
    where excluded.used_at > ${apiKeyUses}.used_at`)
}

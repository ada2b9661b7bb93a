import 'server-only'
import { eq } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { type Database, db } from '@/db'
import { oauthClients, oauthGrants } from '@/db/schema'
import type { ClientActor } from '@/lib/actor'
import { recordHourly } from '@/lib/audit/hourly'
import { recordAudit } from '@/lib/audit/record'
import { requestOrigin } from '@/lib/request-context'
import { once } from '@/lib/runtime'

/** How many addresses may each leave an event an hour for wrong secrets of one app. */
const WRONG_SECRET_ADDRESSES = 20
const HOUR_MS = 60 * 60 * 1000

/** Apps whose hour has an event already, as far as this process knows: most tokens then cost no look at the log. */
const issuedLately = () => once('client-tokens-issued', () => new LRUCache<string, true>({ max: 10_000, ttl: HOUR_MS }))

/** Records in the transaction that keeps it that an app got a token of its own: once an hour for each app. */
export async function recordTokenIssued(tx: Database, clientId: string): Promise<void> {
  const client = issuedLately().has(clientId) ? undefined : await findNamed(tx, clientId)
  if (!client) return
  await recordHourly(tx, client.actor, {
    action: 'app.token_issued',
    target: client.target,
    projectId: client.projectId,
  })
  issuedLately().set(clientId, true)
}

/** Records in the transaction that revokes it that an app gave an access token back (RFC 7009). */
export async function recordTokenRevoked(
  tx: Database,
  { clientId, grantId }: { clientId: string | null; grantId: string | null },
): Promise<void> {
  const client = clientId === null ? undefined : await findNamed(tx, clientId)
  if (!client) return
  const { actor, target, projectId } = client
  if (grantId === null) return recordAudit(tx, actor, { action: 'app.token_revoked', target, projectId })
  const [grant] = await tx.select().from(oauthGrants).where(eq(oauthGrants.id, grantId))
  await recordAudit(tx, actor, {
    action: 'grant.token_revoked',
    target: { kind: 'grant', id: grantId, name: target.name },
    projectId: grant?.projectId ?? null,
  })
}

/**
 * Records that an app's client secret was wrong. Guesses must not fill the log: each address leaves one event an hour, up
 * to 20 addresses.
 */
export async function recordWrongSecret(clientId: string): Promise<void> {
  await db().transaction(async (tx) => {
    const client = await findNamed(tx, clientId)
    if (!client) return
    // The secret did not prove the app, so the app is not the one who acted.
    const actor = { kind: 'system', name: 'server', origin: client.actor.origin } as const
    await recordHourly(
      tx,
      actor,
      {
        action: 'app.authenticated',
        target: client.target,
        projectId: client.projectId,
        result: 'refused',
        changes: { refusal: [null, 'invalid_client'] },
      },
      { perAddress: WRONG_SECRET_ADDRESSES },
    )
  })
}

async function findNamed(tx: Database, clientId: string) {
  const [row] = await tx
    .select({ name: oauthClients.name, projectId: oauthClients.projectId })
    .from(oauthClients)
    .where(eq(oauthClients.id, clientId))
  if (!row) return undefined
  const actor: ClientActor = { kind: 'client', clientId, clientName: row.name, origin: requestOrigin() }
  return { actor, target: { kind: 'app', id: clientId, name: row.name } as const, projectId: row.projectId }
}

import 'server-only'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClientSecrets, oauthClients, projects } from '@/db/schema'
import { parse } from '@/lib/credentials'
import { hasSecret } from '@/lib/credentials/verify'
import { env } from '@/lib/env'

export type Client = typeof oauthClients.$inferSelect

/** A registered app that may take part in OAuth now; undefined for unknown, disabled and deleted ones alike. */
export async function findClient(clientId: string): Promise<Client | undefined> {
  const [row] = await db()
    .select({ client: oauthClients })
    .from(oauthClients)
    .innerJoin(projects, and(eq(projects.id, oauthClients.projectId), isNull(projects.deletedAt)))
    .where(and(eq(oauthClients.id, clientId), isNull(oauthClients.disabledAt)))
  return row?.client
}

/** Whether `secret` is one of the client's live ones. Asks the database once, whatever is wrong. */
export async function verifyClientSecret(clientId: string, secret: string): Promise<boolean> {
  const parsed = parse(secret, env().KEY_BRAND)
  if (parsed?.kind !== 'client_secret') return false
  const [row] = await db()
    .select()
    .from(oauthClientSecrets)
    .where(
      and(
        eq(oauthClientSecrets.publicId, parsed.publicId),
        eq(oauthClientSecrets.clientId, clientId),
        or(isNull(oauthClientSecrets.endsAt), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)),
      ),
    )
  return hasSecret(row, secret)
}

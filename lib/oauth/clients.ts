import 'server-only'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { db, prepared } from '@/db'
import { oauthClientSecrets, oauthClients, projects } from '@/db/schema'
import { parse } from '@/lib/credentials'
import { hasSecret } from '@/lib/credentials/verify'
import { env } from '@/lib/env'

export type Client = typeof oauthClients.$inferSelect

/** A registered app that may take part in OAuth now; undefined for unknown, disabled and deleted ones alike. */
export async function findClient(clientId: string): Promise<Client | undefined> {
  const [row] = await prepared('find_client', prepareClient).execute({ clientId })
  return row?.client
}

const prepareClient = () =>
  db()
    .select({ client: oauthClients })
    .from(oauthClients)
    .innerJoin(projects, and(eq(projects.id, oauthClients.projectId), isNull(projects.deletedAt)))
    .where(and(eq(oauthClients.id, sql.placeholder('clientId')), isNull(oauthClients.disabledAt)))
    .prepare('find_client')

/** Whether `secret` is one of the client's live ones. Asks the database once, whatever is wrong. */
export async function verifyClientSecret(clientId: string, secret: string): Promise<boolean> {
  const parsed = parse(secret, env().KEY_BRAND)
  if (parsed?.kind !== 'client_secret') return false
  const { publicId } = parsed
  const [row] = await prepared('find_client_secret', prepareSecret).execute({ publicId, clientId })
  return hasSecret(row, secret)
}

const prepareSecret = () =>
  db()
    .select()
    .from(oauthClientSecrets)
    .where(
      and(
        eq(oauthClientSecrets.publicId, sql.placeholder('publicId')),
        eq(oauthClientSecrets.clientId, sql.placeholder('clientId')),
        or(isNull(oauthClientSecrets.endsAt), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)),
      ),
    )
    .prepare('find_client_secret')

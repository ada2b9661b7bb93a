import 'server-only'
import { randomUUID } from 'node:crypto'
import { and, count, eq } from 'drizzle-orm'
import type { KeyActor, Origin, SessionActor, SystemActor } from '@/lib/actor'
import type { App } from '@/lib/apps/app'
import { registerAppSchema } from '@/lib/apps/input'
import { registerApp } from '@/lib/apps/register'
import type { Awaitable } from '@/lib/awaitable'
import { mint, randomId } from '@/lib/credentials'
import { unseal } from '@/lib/credentials/seal'
import { env } from '@/lib/env'
import { isFailure } from '@/lib/errors'
import { createKey } from '@/lib/keys/create'
import { createKeySchema } from '@/lib/keys/input'
import type { Key } from '@/lib/keys/key'
import { verifyKey } from '@/lib/keys/verify'
import { keepArtifact } from '@/lib/oauth/artifacts'
import { giveGrant } from '@/lib/oauth/consent'
import type { Role } from '@/lib/projects/roles'
import type { Scope } from '@/lib/scopes'
import { encodeSession, readSession } from '@/lib/session'
import { startSession } from '@/lib/sessions/start'
import { insertUser, type NewUser } from '@/lib/users/create'
import { hashPassword } from '@/lib/users/passwords'
import { db } from '.'
import { auditEvents, memberships, oauthArtifacts, oauthGrants, outbox } from './schema'

// Rows for tests, made by the verbs that make them in earnest.

/** A password that every person made here has. */
export const PASSWORD = 'seven otters juggle lanterns'

export interface Person {
  user: NewUser
  actor: SessionActor
  /** The id of the project that the person got with the account. */
  projectId: string
}

/** Where an act came from, in tests: never twice the same request. */
export const origin = (fields: Partial<Origin> = {}): Origin => ({
  address: '203.0.113.7',
  userAgent: 'tests',
  requestId: randomUUID(),
  ...fields,
})

/** The command line. */
export const cli = (asUserId?: string): SystemActor => ({ kind: 'system', name: 'cli', asUserId, origin: origin() })

let passwordHash: Promise<string> | undefined
let people = 0

/** A person with a project, signed in, whose address is proved. */
export async function makePerson({ name = 'Ada', isAdmin = false, verified = true } = {}): Promise<Person> {
  passwordHash ??= hashPassword(PASSWORD)
  const input = { email: `person${++people}@example.com`, name, passwordHash: await passwordHash, isAdmin, verified }
  const user = await db().transaction((tx) => insertUser(tx, cli(), input))
  return { user, actor: await signInAs(user), projectId: user.project.id }
}

/** The mails that were written to an address and not sent yet, oldest first; `token` is that of the link in it. */
export async function mailTo(email: string) {
  const rows = await db().select().from(outbox).where(eq(outbox.recipient, email)).orderBy(outbox.createdAt)
  return rows.map(({ id, kind, sealedContent }) => {
    const mail = JSON.parse(unseal(sealedContent ?? '', `mail ${id}`) ?? '{}') as { subject: string; text: string }
    return { kind, ...mail, token: /[?&]token=(\w+)/.exec(mail.text)?.[1] ?? '' }
  })
}

/** A further session of a person. */
export async function signInAs(user: { id: string; name: string }, from: Partial<Origin> = {}): Promise<SessionActor> {
  const sessionId = await db().transaction((tx) => startSession(tx, user, origin(from)))
  const actor = await readSession(await encodeSession(sessionId, user.id), origin(from))
  if (!actor) throw new Error('the session that was just started is not one')
  return actor
}

/** Makes a person a member of somebody else's project. */
export async function addMember(projectId: string, person: Person, role: Role): Promise<void> {
  await db().insert(memberships).values({ projectId, userId: person.user.id, role })
}

/** A key of the person's own project, or of `projectId`; `fields` are what `POST /keys` takes. */
export async function makeKey(
  { actor, projectId }: { actor: SessionActor | SystemActor; projectId: string },
  fields: Record<string, unknown> = {},
): Promise<{ key: Key; secret: string }> {
  const input = createKeySchema.parse({ label: 'Test key', ...fields })
  const { key, secret } = await createKey(actor, projectId, input, { allowManagement: true })
  return { key, secret: secret.reveal() }
}

/** A person's grant to an app, with a token of it, as rows. */
export async function makeGrant(
  { user }: Pick<Person, 'user'>,
  app: { id: string; name: string },
  fields: Partial<typeof oauthGrants.$inferInsert> = {},
): Promise<{ id: string; tokenId: string }> {
  const grant = { id: randomId(), userId: user.id, clientId: app.id, clientName: app.name, scopes: ['orders:read'] }
  await db()
    .insert(oauthGrants)
    .values({ ...grant, ...fields })
  const tokenId = randomId()
  await db()
    .insert(oauthArtifacts)
    .values({
      id: tokenId,
      kind: 'AccessToken',
      grantId: grant.id,
      clientId: app.id,
      userId: user.id,
      payload: '',
      expiresAt: new Date(Date.now() + 3_600_000),
    })
  return { id: grant.id, tokenId }
}

/** An app with its secret, as registered in the person's own project or in `projectId`; `fields` are what `POST /apps` takes. */
export async function makeClient(
  { actor, projectId }: { actor: SessionActor | SystemActor; projectId: string },
  fields: Record<string, unknown> = {},
  options: { firstParty?: boolean; allowManagement?: boolean } = {},
): Promise<{ app: App; secret: string | null }> {
  const redirectUris = fields.kind === 'machine' ? [] : ['https://app.example.com/callback']
  const input = registerAppSchema.parse({ name: 'Test app', redirectUris, ...fields })
  const { app, secret } = await registerApp(actor, projectId, input, options)
  return { app, secret: secret?.reveal() ?? null }
}

/** An access token of an app: of a person who allowed it `scopes` in a project, where one is given, else its own. */
export async function makeToken(
  app: { id: string; name: string },
  scopes: readonly Scope[],
  person?: Pick<Person, 'actor'> & { projectId: string | null },
): Promise<string> {
  const token = mint('access_token', env().KEY_BRAND).credential.reveal()
  const consent = { clientId: app.id, clientName: app.name, scopes, redirectUri: null }
  const grantId = person && (await giveGrant(person.actor, { ...consent, projectId: person.projectId }))
  const kind = person ? 'AccessToken' : 'ClientCredentials'
  const payload = { kind, grantId, clientId: app.id, accountId: person?.actor.userId, scope: scopes.join(' ') }
  await keepArtifact(kind, token, payload, 3600)
  return token
}

/** Who acts when `secret` is sent. Throws what `verifyKey` throws. */
export const keyActor = async (secret: string, from: Partial<Origin> = {}): Promise<KeyActor> =>
  (await verifyKey(secret, origin(from))).actor

/** What becomes of `secret` when it is sent: `good`, or the code it is refused with. */
export const verdict = (secret: string, from: Partial<Origin> = {}): Promise<string> =>
  keyActor(secret, from).then(() => 'good', codeOf)

/** The code that `work` is refused with; `done` when it is not. Throws whatever is no Failure. */
export const outcome = (work: Awaitable<unknown>): Promise<string> => Promise.resolve(work).then(() => 'done', codeOf)

/** The audit rows about a target, oldest first. */
export const auditOf = (targetId: string, result: 'allowed' | 'refused' = 'allowed') =>
  db()
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.targetId, targetId), eq(auditEvents.result, result)))
    .orderBy(auditEvents.sequence)

/** How many audit rows of what was done there are. */
export async function auditCount(): Promise<number> {
  const [row] = await db().select({ rows: count() }).from(auditEvents).where(eq(auditEvents.result, 'allowed'))
  return row?.rows ?? 0
}

function codeOf(error: unknown): string {
  if (!isFailure(error)) throw error
  return error.code
}

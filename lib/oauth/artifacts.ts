import 'server-only'
import { createHash } from 'node:crypto'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { type Database, db, prepared } from '@/db'
import { oauthArtifacts, oauthClients, oauthGrants, users } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { hash, parse, randomId } from '@/lib/credentials'
import { Concealed } from '@/lib/credentials/concealed'
import { keyedHashes, seal, unseal } from '@/lib/credentials/seal'
import { hasSecret } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { requestOrigin } from '@/lib/request-context'
import { knownApis } from './audience'
import { recordTokenIssued, recordTokenRevoked } from './client-events'

/** What the OAuth library keeps of one thing, in its own words; only what the columns need is named. */
export interface Payload {
  jti?: string
  kind?: string
  exp?: number
  accountId?: string
  clientId?: string
  /** The library's Grant: our family. */
  grantId?: string
  scope?: string
  aud?: string | string[]
  userCode?: string
  consumed?: boolean
  [name: string]: unknown
}

const credentialKinds = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken'])

/** How long a family may be continued, in seconds. Refresh tokens have the lifetime that matters. */
const FAMILY_TTL = 10 * 365 * 24 * 60 * 60

/**
 * Keeps something under its value, which is not stored. What belongs to a family is kept only while the family and its
 * grant live, both held until this commits: the library finds, consumes and saves in separate steps, and a save after a
 * disconnect must not bring access back.
 *
 * @param seconds how long it lives
 * @param parent the refresh token that a refresh token came of, or that an access token is issued with
 * @throws Failure `revoked_credentials` when its family or grant has ended, or the family goes on with another token
 */
export async function keepArtifact(
  kind: string,
  value: string,
  payload: Payload,
  seconds: number,
  parent?: string,
): Promise<void> {
  const id = rowId(kind, value)
  const [pepper] = env().peppers
  const { grantId: familyId = null, clientId = null, accountId = null, scope, aud } = payload
  const row = {
    kind,
    ...(credentialKinds.has(kind) && {
      secretHash: hash(new Concealed('secret', value), pepper).reveal(),
      pepperId: pepper.id,
    }),
    ...(payload.userCode && { userCodeHash: keyedHashes('user code', payload.userCode)[0] }),
    familyId,
    clientId,
    userId: accountId,
    parentId: parent === undefined ? null : rowId('RefreshToken', parent),
    scopes: scope?.split(' ').filter(Boolean) ?? [],
    audience: (Array.isArray(aud) ? aud[0] : aud) ?? null,
    payload: seal(JSON.stringify(payload), `${kind} ${id}`),
    expiresAt: sql`now() + make_interval(secs => ${seconds})`,
  }
  const keep = async (tx: Database, family?: Family) => {
    const grantId = family?.grantId ?? null
    // The library read the family's scopes a while ago: what was taken from it since must not come back with this one.
    const scopes = family ? row.scopes.filter((each) => family.scopes.includes(each)) : row.scopes
    await tx
      .insert(oauthArtifacts)
      .values({ id, ...row, grantId, scopes })
      // What was ended or consumed meanwhile stays so.
      .onConflictDoUpdate({
        target: oauthArtifacts.id,
        set: { ...row, grantId, scopes },
        setWhere: and(isNull(oauthArtifacts.endedAt), isNull(oauthArtifacts.consumedAt)),
      })
  }
  if (kind === 'ClientCredentials' && clientId !== null) {
    return db().transaction(async (tx) => {
      await keep(tx)
      await recordTokenIssued(tx, clientId)
    })
  }
  if (familyId === null) return keep(db())
  await db().transaction(async (tx) => {
    const family = await holdFamily(tx, familyId)
    if (row.parentId !== null) await requireLine(tx, kind, row.parentId)
    await keep(tx, family)
  })
}

/** What may be issued in a family. */
interface Family {
  grantId: string
  scopes: string[]
}

const ended = () => new Failure('revoked_credentials', 'The access that this belongs to has ended.')

/** A family with its grant, both locked against ending until the transaction does. */
async function holdFamily(tx: Database, familyId: string): Promise<Family> {
  const [family] = await tx
    .select({ grantId: oauthArtifacts.grantId })
    .from(oauthArtifacts)
    .where(and(eq(oauthArtifacts.id, familyId), eq(oauthArtifacts.kind, 'Grant')))
  if (!family?.grantId) throw ended()
  const [grant] = await tx
    .select({ scopes: oauthGrants.scopes })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.id, family.grantId), isNull(oauthGrants.revokedAt)))
    .for('share')
  const [live] = await tx
    .select({ scopes: oauthArtifacts.scopes })
    .from(oauthArtifacts)
    .where(and(eq(oauthArtifacts.id, familyId), isNull(oauthArtifacts.endedAt)))
    .for('share')
  if (!grant || !live) throw ended()
  return { grantId: family.grantId, scopes: familyScopes(live.scopes, grant.scopes) }
}

/**
 * A family keeps what it was issued for, as far as its grant still has it: a grant that was widened widens no older
 * tokens. A family of an earlier release names nothing, and may do what its grant may.
 */
const familyScopes = (issued: string[], granted: string[]): string[] =>
  issued.length === 0 ? granted : issued.filter((scope) => granted.includes(scope))

/**
 * Refuses what was issued with a refresh token that lost against another one meanwhile: a family has one line. Asked under
 * the lock of the family.
 */
async function requireLine(tx: Database, kind: string, parentId: string): Promise<void> {
  const [parent] = await tx
    .select({ consumedAt: oauthArtifacts.consumedAt, settledAt: oauthArtifacts.settledAt })
    .from(oauthArtifacts)
    .where(eq(oauthArtifacts.id, parentId))
  // An access token goes with its refresh token also when that was rotated; another refresh token does not.
  if (parent?.settledAt && (kind === 'RefreshToken' || !parent.consumedAt)) throw ended()
}

/**
 * Begins a family of codes and tokens for `scopes` under a grant that the caller has locked, inside its transaction.
 * Returns its id.
 */
export async function startFamily(
  tx: Database,
  { id: grantId, userId, clientId }: { id: string; userId: string; clientId: string },
  scopes: readonly string[],
): Promise<string> {
  const id = randomId()
  const payload: Payload = { jti: id, kind: 'Grant', accountId: userId, clientId }
  await tx.insert(oauthArtifacts).values({
    id,
    kind: 'Grant',
    grantId,
    clientId,
    userId,
    scopes: [...scopes],
    payload: seal(JSON.stringify(payload), `Grant ${id}`),
    expiresAt: sql`now() + make_interval(secs => ${FAMILY_TTL})`,
  })
  return id
}

/** What is kept under a value; undefined when there is none, it has ended, or its person or app is disabled. */
export async function findArtifact(kind: string, value: string): Promise<Payload | undefined> {
  const id = rowId(kind, value)
  // Introspection asks for a token as every kind in turn; what it is not, its letter says without the database.
  if (id === '') return undefined
  const [row] = await prepared('find_artifact', prepareFind).execute({ id, kind })
  return openRow(row, credentialKinds.has(kind) ? value : undefined)
}

const prepareFind = () =>
  selectLive()
    .where(and(eq(oauthArtifacts.id, sql.placeholder('id')), eq(oauthArtifacts.kind, sql.placeholder('kind'))))
    .prepare('find_artifact')

/** What is kept of the device that shows `userCode` (normalised: upper case, no dashes). */
export async function findByUserCode(userCode: string): Promise<Payload | undefined> {
  const [row] = await selectLive().where(inArray(oauthArtifacts.userCodeHash, keyedHashes('user code', userCode)))
  return openRow(row)
}

const selectLive = () =>
  db()
    .select({
      artifact: oauthArtifacts,
      grant: oauthGrants,
      clientDisabledAt: oauthClients.disabledAt,
      userDisabledAt: users.disabledAt,
      expiresAt: sql<number>`extract(epoch from ${oauthArtifacts.expiresAt})`.mapWith(Number),
    })
    .from(oauthArtifacts)
    .leftJoin(oauthGrants, eq(oauthGrants.id, oauthArtifacts.grantId))
    .leftJoin(oauthClients, eq(oauthClients.id, oauthArtifacts.clientId))
    .leftJoin(users, eq(users.id, oauthArtifacts.userId))
    .$dynamic()

function openRow(
  row: Awaited<ReturnType<typeof selectLive>>[number] | undefined,
  credential?: string,
): Payload | undefined {
  if (!row || row.clientDisabledAt || row.userDisabledAt) return undefined
  const { artifact, grant } = row
  if (artifact.endedAt || grant?.revokedAt) return undefined
  if (credential !== undefined && !hasSecret(artifact, credential)) return undefined
  const text = unseal(artifact.payload, `${artifact.kind} ${artifact.id}`)
  if (text === null) return undefined
  const payload: Payload = { ...JSON.parse(text), exp: Math.floor(row.expiresAt) }
  // A refresh token that lost against another one is as good as used.
  if (artifact.consumedAt || artifact.settledAt) payload.consumed = true
  if (artifact.kind === 'Grant') {
    Object.assign(payload, libraryScopes(familyScopes(artifact.scopes, grant?.scopes ?? [])))
  }
  return payload
}

/** Scopes as the library's Grant holds them: for this site itself, and for every API behind the gate. */
function libraryScopes(scopes: readonly string[]) {
  const scope = scopes.join(' ')
  return { openid: { scope }, resources: Object.fromEntries(knownApis().map((resource) => [resource, scope])) }
}

/**
 * Uses something that may be used once; for refresh tokens see `rotateRefreshToken`. Of several at once one wins; whoever comes second has a copy, so everything of
 * the family ends (RFC 9700, 4.14.2).
 *
 * @throws Failure `conflict` when it was used before
 */
export async function consumeArtifact(kind: string, value: string): Promise<void> {
  const id = rowId(kind, value)
  const [consumed] = await db()
    .update(oauthArtifacts)
    .set({ consumedAt: sql`now()` })
    .where(and(eq(oauthArtifacts.id, id), isNull(oauthArtifacts.consumedAt), isNull(oauthArtifacts.endedAt)))
    .returning({ id: oauthArtifacts.id })
  if (consumed) return
  const [row] = await db()
    .select({ familyId: oauthArtifacts.familyId })
    .from(oauthArtifacts)
    .where(eq(oauthArtifacts.id, id))
  if (row?.familyId) await endFamily(row.familyId, 'used twice')
  throw new Failure('conflict', 'This was used before.')
}

/**
 * Ends one thing. Whatever else its family holds goes on. A token may have ended before; a request is answered once.
 *
 * @throws Failure `conflict` for a request that was answered before
 */
export async function endArtifact(kind: string, value: string): Promise<void> {
  const end = (tx: Database) =>
    tx
      .update(oauthArtifacts)
      .set({ endedAt: sql`now()` })
      .where(and(eq(oauthArtifacts.id, rowId(kind, value)), isNull(oauthArtifacts.endedAt)))
      .returning({ clientId: oauthArtifacts.clientId, grantId: oauthArtifacts.grantId })
  if (credentialKinds.has(kind)) {
    await narrowing({ kind: 'system', name: 'server', origin: requestOrigin() }, () =>
      db().transaction(async (tx) => {
        const [ended] = await end(tx)
        // A refresh token ends with its family, which leaves an event of its own.
        if (ended && kind !== 'RefreshToken') await recordTokenRevoked(tx, ended)
      }),
    )
    return
  }
  // Not held by any lease: nobody is to wait on their way back to the app.
  if ((await end(db())).length === 0) throw new Failure('conflict', 'This request was answered before.')
}

/**
 * Ends a family: no code or token of it works any more. The person's consent stays; the app asks anew. Of a copy that
 * was used the person is told.
 *
 * @param reason for the history
 */
export async function endFamily(familyId: string, reason: EndReason): Promise<void> {
  const actor: SystemActor = { kind: 'system', name: 'server', origin: requestOrigin() }
  await narrowing(actor, () =>
    db().transaction(async (tx) => {
      const grant = await holdGrantOf(tx, familyId)
      if (grant) await endHeldFamily(tx, actor, grant, familyId, reason)
    }),
  )
}

type EndReason = 'used twice' | 'revoked by the app'

/** As `endFamily`, inside the caller's transaction and `narrowing`, once its grant is held. */
export async function endHeldFamily(
  tx: Database,
  actor: SystemActor,
  grant: typeof oauthGrants.$inferSelect,
  familyId: string,
  reason: EndReason,
): Promise<void> {
  // The family first: whoever issues a token holds it, and is either done by now or finds it ended.
  const [family] = await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(and(eq(oauthArtifacts.id, familyId), eq(oauthArtifacts.kind, 'Grant'), isNull(oauthArtifacts.endedAt)))
    .returning({ id: oauthArtifacts.id })
  if (!family) return
  await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(and(eq(oauthArtifacts.familyId, familyId), isNull(oauthArtifacts.endedAt)))
  await recordAudit(
    tx,
    { ...actor, asUserId: grant.userId },
    {
      action: 'grant.family_ended',
      target: { kind: 'grant', id: grant.id, name: grant.clientName },
      projectId: grant.projectId,
      changes: { reason: [null, reason] },
    },
  )
  if (reason === 'used twice') await mailReuse(tx, grant)
}

async function mailReuse(tx: Database, { userId, clientName }: { userId: string; clientName: string }): Promise<void> {
  const [user] = await tx.select({ email: users.email, name: users.name }).from(users).where(eq(users.id, userId))
  if (user) await queueMail(tx, { kind: 'grant_ended_by_reuse', to: { userId, ...user }, app: clientName })
}

/** The grant of a family, locked: a disconnect takes it first too, and then the same rows in an order of its own. */
export async function holdGrantOf(tx: Database, familyId: string) {
  const [family] = await tx
    .select({ grantId: oauthArtifacts.grantId })
    .from(oauthArtifacts)
    .where(and(eq(oauthArtifacts.id, familyId), eq(oauthArtifacts.kind, 'Grant')))
  if (!family?.grantId) return undefined
  const [grant] = await tx.select().from(oauthGrants).where(eq(oauthGrants.id, family.grantId)).for('share')
  return grant
}

/**
 * Where something is kept: a token under its public id, a family under its own, anything else under a hash. Empty for
 * a token that cannot be of this kind.
 */
export function rowId(kind: string, value: string): string {
  if (kind === 'Grant') return value
  if (credentialKinds.has(kind)) {
    const parsed = parse(value, env().KEY_BRAND)
    return parsed && (parsed.kind === 'refresh_token') === (kind === 'RefreshToken') ? parsed.publicId : ''
  }
  return createHash('sha256').update(`${kind} ${value}`).digest('base64url')
}

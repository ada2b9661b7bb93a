import 'server-only'
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { and, asc, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthSigningKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { seal, unseal } from '@/lib/credentials/seal'
import { forget } from '@/lib/runtime'

/** How long a new key is published before it signs, in ms: until every instance has it, and every cache of the old set is gone. */
const PUBLISHED_FIRST_MS = 10 * 60 * 1000

/** A private key in JWK form (RFC 7517). */
export interface SigningKey extends JsonWebKey {
  kid: string
  alg: 'RS256'
  use: 'sig'
}

/**
 * The keys that sign ID tokens, the one to sign with first; the first key of all is made here. Shared by all instances
 * through the database, where they are sealed.
 */
export async function signingKeys(): Promise<SigningKey[]> {
  const rows = await readKeys(db())
  if (rows.length > 0) return rows
  return db().transaction(async (tx) => {
    // Two instances that start at once make one key.
    await lockKeys(tx)
    const found = await readKeys(tx)
    if (found.length > 0) return found
    await insertKey(tx, {
      kind: 'system',
      name: 'server',
      origin: { address: null, userAgent: null, requestId: randomId() },
    })
    return readKeys(tx)
  })
}

/**
 * Makes a new key. It is published at once and signs ten minutes later; the one before goes on verifying what it signed.
 * Those that have signed nothing for a day are no longer published.
 *
 * @returns its `kid`
 */
export async function rotateSigningKeys(actor: Actor): Promise<string> {
  const kid = await db().transaction(async (tx) => {
    await lockKeys(tx)
    await retireKeys(tx)
    return insertKey(tx, actor)
  })
  // So that this process publishes it with its next answer; others look within a minute.
  forget('oauth-provider')
  return kid
}

const lockKeys = (tx: Database) => tx.execute(sql`select pg_advisory_xact_lock(hashtext('latchkey signing keys'))`)

/** ID tokens live for an hour: what a key has signed that was followed by another one a day ago is long over. */
async function retireKeys(tx: Database): Promise<void> {
  const followed = sql`${oauthSigningKeys.createdAt} < (
    select max(later.created_at) from ${oauthSigningKeys} later where later.created_at < now() - interval '1 day')`
  await tx
    .update(oauthSigningKeys)
    .set({ retiredAt: sql`now()` })
    .where(and(isNull(oauthSigningKeys.retiredAt), followed))
}

async function insertKey(tx: Database, actor: Actor): Promise<string> {
  const kid = randomId()
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const jwk: SigningKey = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  const jwkText = seal(JSON.stringify(jwk), `signing key ${kid}`)
  await tx.insert(oauthSigningKeys).values({ kid, jwk: jwkText })
  await recordAudit(tx, actor, {
    action: 'site.signing_key_made',
    target: { kind: 'site', id: kid, name: 'Signing key' },
  })
  return kid
}

async function readKeys(tx: Database): Promise<SigningKey[]> {
  const rows = await tx
    .select({
      kid: oauthSigningKeys.kid,
      jwk: oauthSigningKeys.jwk,
      ageMs: sql<number>`extract(epoch from now() - ${oauthSigningKeys.createdAt}) * 1000`.mapWith(Number),
    })
    .from(oauthSigningKeys)
    .where(isNull(oauthSigningKeys.retiredAt))
    .orderBy(asc(oauthSigningKeys.createdAt), asc(oauthSigningKeys.kid))
  const keys = rows.flatMap(({ kid, jwk, ageMs }) => {
    const text = unseal(jwk, `signing key ${kid}`)
    return text === null ? [] : [{ key: JSON.parse(text) as SigningKey, known: ageMs >= PUBLISHED_FIRST_MS }]
  })
  // The newest that everybody knows; before there is one, the oldest.
  const current = keys.findLast(({ known }) => known) ?? keys[0]
  return keys.sort((a, b) => Number(b === current) - Number(a === current)).map(({ key }) => key)
}

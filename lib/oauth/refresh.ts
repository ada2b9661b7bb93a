import 'server-only'
import { and, eq, isNull, ne, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { oauthArtifacts, type oauthGrants } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { requestOrigin } from '@/lib/request-context'
import { endHeldFamily, holdGrantOf, rowId } from './artifacts'

/** How long after its rotation a refresh token may be sent again, in seconds, and how often. */
const GRACE_SECONDS = 30
const MAX_RESENDS = 3

type Verdict = 'rotated' | 'refused' | 'reused'

/**
 * Uses a refresh token. One that was rotated a moment ago is taken again, since an answer may get lost and two tabs may
 * refresh at once; the family then has several refresh tokens, and goes on with the one of them that is used first. Any
 * other second use ends the family (RFC 9700, 4.14.2): one of the two users has a copy.
 *
 * All of it is decided under the family's row lock. The library has checked the client before, and would check a bound
 * token's DPoP key there too.
 *
 * @throws Failure `conflict` when the token gets no new ones
 */
export async function rotateRefreshToken(value: string): Promise<void> {
  const actor: SystemActor = { kind: 'system', name: 'server', origin: requestOrigin() }
  const { verdict } = await narrowing(
    actor,
    () => db().transaction((tx) => decide(tx, actor, rowId('RefreshToken', value))),
    ({ narrowed }) => narrowed,
  )
  if (verdict !== 'rotated') throw new Failure('conflict', 'This refresh token was used before.')
}

/** @returns `narrowed` is true when any token has ended */
async function decide(tx: Database, actor: SystemActor, id: string): Promise<{ verdict: Verdict; narrowed: boolean }> {
  const refused = { verdict: 'refused', narrowed: false } as const
  const [place] = await tx
    .select({ familyId: oauthArtifacts.familyId })
    .from(oauthArtifacts)
    .where(and(eq(oauthArtifacts.id, id), eq(oauthArtifacts.kind, 'RefreshToken')))
  if (!place?.familyId) return refused
  const { familyId } = place
  const grant = await holdGrantOf(tx, familyId)
  const [family] = await tx
    .select({ id: oauthArtifacts.id })
    .from(oauthArtifacts)
    .where(and(eq(oauthArtifacts.id, familyId), isNull(oauthArtifacts.endedAt)))
    .for('update')
  if (!grant || grant.revokedAt || !family) return refused
  const [token] = await tx
    .select({
      parentId: oauthArtifacts.parentId,
      endedAt: oauthArtifacts.endedAt,
      consumedAt: oauthArtifacts.consumedAt,
      settledAt: oauthArtifacts.settledAt,
      resends: oauthArtifacts.resends,
      isRecent: sql<boolean>`coalesce(${oauthArtifacts.consumedAt}, ${oauthArtifacts.settledAt})
        >= clock_timestamp() - make_interval(secs => ${GRACE_SECONDS})`,
    })
    .from(oauthArtifacts)
    .where(eq(oauthArtifacts.id, id))
  if (!token || token.endedAt) return refused
  if (!token.consumedAt && !token.settledAt) {
    return { verdict: 'rotated', narrowed: await rotate(tx, familyId, id, token.parentId) }
  }
  // The other of two tabs, which may have sent it before it could know: dead, and no sign of a thief yet.
  if (!token.consumedAt && token.isRecent) return refused
  if (token.consumedAt && !token.settledAt && token.isRecent && token.resends < MAX_RESENDS) {
    await resend(tx, actor, grant, id, token.resends)
    return { verdict: 'rotated', narrowed: false }
  }
  await endHeldFamily(tx, actor, grant, familyId, 'used twice')
  return { verdict: 'reused', narrowed: true }
}

/**
 * Marks a token as used for the first time. The family goes on with it: its siblings are dead with their access tokens,
 * and their parent gets no more.
 *
 * @returns whether an access token ended
 */
async function rotate(tx: Database, familyId: string, id: string, parentId: string | null): Promise<boolean> {
  await tx.update(oauthArtifacts).set({ consumedAt: sql`clock_timestamp()` }).where(eq(oauthArtifacts.id, id))
  if (parentId === null) return false
  const inFamily = and(eq(oauthArtifacts.familyId, familyId), eq(oauthArtifacts.kind, 'RefreshToken'))
  const settled = await tx
    .update(oauthArtifacts)
    .set({ settledAt: sql`clock_timestamp()` })
    .where(
      and(
        or(
          eq(oauthArtifacts.id, parentId),
          and(inFamily, eq(oauthArtifacts.parentId, parentId), ne(oauthArtifacts.id, id)),
        ),
        isNull(oauthArtifacts.settledAt),
      ),
    )
    .returning({ id: oauthArtifacts.id })
  const losers = settled.map((each) => each.id).filter((each) => each !== parentId)
  if (losers.length === 0) return false
  const ended = await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(
      and(
        eq(oauthArtifacts.familyId, familyId),
        eq(oauthArtifacts.kind, 'AccessToken'),
        anyOf(oauthArtifacts.parentId, losers),
        isNull(oauthArtifacts.endedAt),
      ),
    )
    .returning({ id: oauthArtifacts.id })
  return ended.length > 0
}

async function resend(
  tx: Database,
  actor: SystemActor,
  grant: typeof oauthGrants.$inferSelect,
  id: string,
  resends: number,
): Promise<void> {
  await tx
    .update(oauthArtifacts)
    .set({ resends: resends + 1 })
    .where(eq(oauthArtifacts.id, id))
  await recordAudit(
    tx,
    { ...actor, asUserId: grant.userId },
    {
      action: 'grant.refresh_repeated',
      target: { kind: 'grant', id: grant.id, name: grant.clientName },
      projectId: grant.projectId,
      changes: { times: [resends, resends + 1] },
    },
  )
}

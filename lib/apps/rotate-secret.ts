import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClientSecrets } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import type { Secret } from '@/lib/credentials'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { requireAppWithinActor } from '@/lib/within-actor'
import type { App } from './app'
import { readApp } from './get'
import { issueClientSecret } from './issue-secret'
import { lockApp } from './lock'
import { mailSecret } from './mail'
import { requireOwnTokens } from './own-tokens'

/**
 * Gives an app a new secret. The old one works for `overlapSeconds` more (0 to 604800; 0 ends it at once). Tokens that
 * were issued before stay as they are. The app's row is locked first, so of several at once each sees what the one
 * before it did. Whoever rotates is handed a working secret, so it takes as much as registering such an app anew.
 *
 * @returns the app, and the whole new secret, which cannot be shown again
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` for a public app and while an overlap runs,
 *   `reauthentication_required` where its own tokens manage credentials and the session began a while ago
 */
export async function rotateClientSecret(
  actor: Actor,
  clientId: string,
  { overlapSeconds }: { overlapSeconds: number },
): Promise<{ app: App; secret: Secret }> {
  return attempt(actor, { action: 'app.secret_rotated', target: { kind: 'app', id: clientId } }, () =>
    narrowing(
      actor,
      () =>
        db().transaction(async (tx) => {
          const before = await lockApp(tx, actor, clientId)
          await requireAppWithinActor(tx, actor, before)
          if (before.isPublic) throw new Failure('conflict', 'A public app has no secret.')
          await requireOwnTokens(tx, actor, before.role ?? 'owner', before, { allowManagement: true })
          if (await hasOverlap(tx, clientId)) {
            throw new Failure('conflict', 'Two secrets of this app work already. End the overlap first, then rotate.')
          }
          const { secrets } = await readApp(tx, clientId)
          const [old] = await tx
            .update(oauthClientSecrets)
            // The column rounds to milliseconds; cut instead, so that an end of now is not half a millisecond away.
            .set({
              endsAt: sql`date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => ${overlapSeconds})`,
            })
            .where(and(eq(oauthClientSecrets.clientId, clientId), isNull(oauthClientSecrets.endsAt)))
            .returning({ endsAt: oauthClientSecrets.endsAt })
          const secret = await issueClientSecret(tx, clientId)
          await mailSecret(tx, actor, before, {
            isNew: true,
            oldEndsAt: overlapSeconds > 0 ? (old?.endsAt ?? null) : null,
          })
          const app = await readApp(tx, clientId)
          await recordAudit(tx, actor, {
            action: 'app.secret_rotated',
            target: { kind: 'app', id: clientId, name: before.name },
            projectId: before.projectId,
            changes: {
              secretHint: [secrets[0]?.hint ?? null, app.secrets[0]?.hint ?? null],
              oldSecretEndsAt: [null, old?.endsAt?.toISOString() ?? null],
            },
          })
          return { app, secret }
        }),
      () => overlapSeconds === 0,
    ),
  )
}

async function hasOverlap(tx: Database, clientId: string): Promise<boolean> {
  const live = await tx
    .select({ id: oauthClientSecrets.id })
    .from(oauthClientSecrets)
    .where(and(eq(oauthClientSecrets.clientId, clientId), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)))
    .limit(1)
  return live.length > 0
}

import 'server-only'
import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClientLogos, oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditAction, recordAudit } from '@/lib/audit/record'
import { invalidField } from '@/lib/errors'
import { dropVerifiedMarks } from '@/lib/projects/verified-marks'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'
import { logoProblem } from './png'

/**
 * Gives an app a picture: a PNG of at most 64 KiB and 1024 × 1024 pixels. As with its name, a verified app that looks
 * otherwise is no longer what was verified.
 *
 * @throws Failure `not_found`, `forbidden`, `validation_failed`
 */
export async function setLogo(actor: Actor, clientId: string, png: Uint8Array): Promise<App> {
  const problem = logoProblem(png)
  if (problem) throw invalidField('logo', problem)
  const hash = createHash('sha256').update(png).digest('base64url')
  return changeLogo(actor, clientId, 'app.logo_changed', async (tx) => {
    const [known] = await tx
      .select({ hash: oauthClientLogos.hash })
      .from(oauthClientLogos)
      .where(eq(oauthClientLogos.clientId, clientId))
    if (known?.hash === hash) return false
    await tx
      .insert(oauthClientLogos)
      .values({ clientId, png, hash })
      .onConflictDoUpdate({ target: oauthClientLogos.clientId, set: { png, hash } })
    return true
  })
}

/**
 * Takes an app's picture away; without one nothing happens.
 *
 * @throws Failure `not_found`, `forbidden`
 */
export async function removeLogo(actor: Actor, clientId: string): Promise<App> {
  return changeLogo(actor, clientId, 'app.logo_removed', async (tx) => {
    const removed = await tx
      .delete(oauthClientLogos)
      .where(eq(oauthClientLogos.clientId, clientId))
      .returning({ hash: oauthClientLogos.hash })
    return removed.length > 0
  })
}

async function changeLogo(
  actor: Actor,
  clientId: string,
  action: AuditAction,
  change: (tx: Database) => Promise<boolean>,
): Promise<App> {
  return attempt(actor, { action, target: { kind: 'app', id: clientId } }, () =>
    db().transaction(async (tx) => {
      const { name, projectId } = await lockApp(tx, actor, clientId)
      if (await change(tx)) {
        await recordAudit(tx, actor, { action, target: { kind: 'app', id: clientId, name }, projectId })
        await dropVerifiedMarks(tx, actor, eq(oauthClients.id, clientId))
      }
      return readApp(tx, clientId)
    }),
  )
}

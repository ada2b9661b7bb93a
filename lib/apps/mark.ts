import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClients, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditAction, recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'
import { shownDigest } from './shown'

/** What site admins say of an app; a mark left out stays as it is. */
export interface Marks {
  /** Its publisher is who it says it is. */
  verified?: boolean
  /** What the admin was shown of the app (`SiteApp.shown`). It is not verified if it has changed since. */
  seen?: string
  /** It is the site's own. Taking that away takes the password grant with it. */
  firstParty?: boolean
}

/**
 * Gives an app marks or takes them away, as a site admin by session or the command line. Marks it has already are left
 * as they are.
 *
 * @throws Failure `not_found`, for everybody else too, `conflict` if the app has changed since the admin saw it
 */
export async function markApp(actor: Actor, clientId: string, { verified, seen, firstParty }: Marks): Promise<App> {
  return attempt(
    actor,
    {
      action: actionOf({ verified, firstParty }),
      target: { kind: 'app', id: clientId },
    },
    () =>
      narrowing(
        actor,
        () =>
          db().transaction(async (tx) => {
            const projectName = await holdProjectName(tx, clientId)
            const before = await lockApp(tx, actor, clientId, { asAdmin: true })
            if (verified && seen !== undefined && seen !== shownDigest(await readApp(tx, clientId), projectName)) {
              throw new Failure('conflict', 'This app has changed since you opened the list. Look at it again.')
            }
            const record = (action: AuditAction) =>
              recordAudit(tx, actor, {
                action,
                target: { kind: 'app', id: clientId, name: before.name },
                projectId: before.projectId,
                circumstances: { asAdmin: true },
              })
            if (verified !== undefined && verified !== (before.verifiedAt !== null)) {
              await tx
                .update(oauthClients)
                .set({ verifiedAt: verified ? sql`now()` : null })
                .where(eq(oauthClients.id, clientId))
              await record(verified ? 'app.verified' : 'app.unverified')
            }
            if (firstParty !== undefined && firstParty !== before.isFirstParty) {
              await tx
                .update(oauthClients)
                .set({
                  isFirstParty: firstParty,
                  ...(!firstParty && { grantTypes: before.grantTypes.filter((each) => each !== 'password') }),
                })
                .where(eq(oauthClients.id, clientId))
              await record(firstParty ? 'app.marked_first_party' : 'app.unmarked_first_party')
            }
            return readApp(tx, clientId)
          }),
        () => firstParty === false,
      ),
  )
}

/** Held until the mark is written: a rename of the project comes before it and is seen, or after it and takes the mark away. */
async function holdProjectName(tx: Database, clientId: string): Promise<string> {
  const [project] = await tx
    .select({ name: projects.name })
    .from(projects)
    .innerJoin(oauthClients, eq(oauthClients.projectId, projects.id))
    .where(eq(oauthClients.id, clientId))
    .for('share', { of: projects })
  return project?.name ?? ''
}

function actionOf({ verified, firstParty }: Omit<Marks, 'seen'>): AuditAction {
  if (verified !== undefined) return verified ? 'app.verified' : 'app.unverified'
  return firstParty ? 'app.marked_first_party' : 'app.unmarked_first_party'
}

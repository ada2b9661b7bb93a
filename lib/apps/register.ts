import 'server-only'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { randomId, type Secret } from '@/lib/credentials'
import { Failure } from '@/lib/errors'
import { parentFor, requireShallow } from '@/lib/lineage'
import { authorize } from '@/lib/projects/authorize'
import { requireOwnName } from '@/lib/projects/own-name'
import { responsibleFor } from '@/lib/projects/responsible'
import { isSiteAdmin } from '@/lib/users/admin'
import { restsOnOperator } from '@/lib/users/admin-scopes'
import type { App } from './app'
import { requireReachableMaker } from './asking-people'
import { readApp } from './get'
import { asksPeople, type Lifetime, lifetimes, type RegisterAppInput, usualGrantTypes, usualScopes } from './input'
import { issueClientSecret } from './issue-secret'
import { requireOwnTokens } from './own-tokens'
import { requireSettings } from './settings'

/**
 * Registers an app, with its first secret unless it is public. An app that a key or token registers is its child: the
 * app's own tokens are never more than that is.
 *
 * @param options.firstParty marks it as the site's own; for site admins and the command line
 * @param options.allowManagement the command line's `--allow-key-management`
 * @returns the app, and the whole secret, which exists nowhere else and cannot be shown again; null for a public app
 * @throws Failure `not_found`, `forbidden`, also for an app that asks people while its maker has not proved their address,
 *   `insufficient_scope`, `validation_failed`, also for a name that looks like this site's, `reauthentication_required` where
 *   its own tokens manage credentials and the session began a while ago
 */
export async function registerApp(
  actor: Actor,
  projectId: string,
  input: RegisterAppInput,
  { firstParty = false, allowManagement = false } = {},
): Promise<{ app: App; secret: Secret | null }> {
  return attempt(actor, { action: 'app.registered', target: { kind: 'project', id: projectId }, projectId }, () =>
    db().transaction(async (tx) => {
      await authorize(tx, actor, projectId, 'apps:write')
      if (firstParty && !(await isSiteAdmin(tx, actor))) {
        throw new Failure('forbidden', 'Only an admin of this site can mark an app as first-party.')
      }
      const settings = {
        kind: input.kind,
        isPublic: input.isPublic,
        isFirstParty: firstParty,
        redirectUris: input.redirectUris,
        grantTypes: input.grantTypes ?? usualGrantTypes(input.kind),
        scopes: input.scopes ?? usualScopes(input.kind),
      }
      const set = (Object.keys(lifetimes) as Lifetime[]).filter((each) => input[each] !== lifetimes[each].usual)
      requireSettings(settings, set)
      const shown = asksPeople(settings.grantTypes)
      const named = shown ? requireOwnName(actor, input.name) : {}
      const responsible = await responsibleFor(tx, actor, projectId, 'app')
      if (shown) await requireReachableMaker(tx, actor, responsible.id, projectId)
      await requireOwnTokens(tx, actor, responsible.role, settings, { allowManagement })
      await requireShallow(tx, actor, projectId)
      const id = randomId()
      await tx.insert(oauthClients).values({
        id,
        ...parentFor(actor),
        projectId,
        name: input.name,
        description: input.description || null,
        homepage: input.homepage ?? null,
        ...settings,
        accessTtl: input.accessTtl,
        refreshTtl: input.refreshTtl,
        machineTtl: input.machineTtl,
        createdById: responsible.id,
        responsibleId: responsible.id,
        grantedByOperator: await restsOnOperator(tx, actor, responsible.id, settings.scopes),
      })
      const secret = settings.isPublic ? null : await issueClientSecret(tx, id)
      const app = await readApp(tx, id)
      await recordAudit(tx, actor, {
        action: 'app.registered',
        target: { kind: 'app', id, name: app.name },
        projectId,
        changes: {
          kind: [null, app.kind],
          ...named,
          ...(app.isPublic && { isPublic: [null, true] }),
          ...(firstParty && { firstParty: [null, true] }),
          ...(app.redirectUris.length > 0 && { redirectUris: [null, app.redirectUris] }),
          grantTypes: [null, app.grantTypes],
          scopes: [null, app.scopes],
        },
      })
      return { app, secret }
    }),
  )
}

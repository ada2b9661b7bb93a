import 'server-only'
import { eq } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { changesBetween, recordAudit } from '@/lib/audit/record'
import { narrowing } from '@/lib/narrowing'
import { requireOwnName } from '@/lib/projects/own-name'
import { dropVerifiedMarks } from '@/lib/projects/verified-marks'
import type { AppScope } from '@/lib/scopes'
import { restsOnOperator } from '@/lib/users/admin-scopes'
import { requireAppWithinActor } from '@/lib/within-actor'
import type { App } from './app'
import { requireReachableMaker } from './asking-people'
import { readApp } from './get'
import { asksPeople, type GrantType, type Lifetime, lifetimes, type UpdateAppInput } from './input'
import { lockApp } from './lock'
import { mailRedirects } from './mail'
import { requireOwnTokens } from './own-tokens'
import { requireSettings } from './settings'

/**
 * Changes an app. What it loses (scopes, grant types, redirect URIs) is in force at once; people are asked again before
 * it gets more of them. An app that shows people something else, or sends them elsewhere, is no longer what was verified.
 *
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `validation_failed`, `reauthentication_required` for
 *   tokens of its own that manage credentials, by a session that began a while ago
 */
export async function updateApp(actor: Actor, clientId: string, input: UpdateAppInput): Promise<App> {
  return change(actor, clientId, input, false)
}

/**
 * Gives an app of any project another name, as a site admin by session or the command line: this is how one is allowed that
 * looks like this site's.
 *
 * @throws Failure `not_found`, for everybody else too, `reauthentication_required`
 */
export async function renameApp(actor: Actor, clientId: string, name: string): Promise<App> {
  return change(actor, clientId, { name }, true)
}

async function change(actor: Actor, clientId: string, input: UpdateAppInput, asAdmin: boolean): Promise<App> {
  const { app } = await attempt(actor, { action: 'app.updated', target: { kind: 'app', id: clientId } }, () =>
    narrowing(
      actor,
      () => db().transaction((tx) => applyUpdate(tx, actor, clientId, input, asAdmin)),
      ({ narrowed }) => narrowed,
    ),
  )
  return app
}

async function applyUpdate(
  tx: Database,
  actor: Actor,
  clientId: string,
  input: UpdateAppInput,
  asAdmin: boolean,
): Promise<{ app: App; narrowed: boolean }> {
  const before = await lockApp(tx, actor, clientId, { asAdmin })
  await requireAppWithinActor(tx, actor, before)
  const changes = changesBetween({ ...before }, { ...input, ...(input.description === '' && { description: null }) })
  if (Object.keys(changes).length === 0) return { app: await readApp(tx, clientId), narrowed: false }
  const values = Object.fromEntries(Object.entries(changes).map(([field, [, after]]) => [field, after]))
  const after = { ...before, ...values }
  const set = (Object.keys(lifetimes) as Lifetime[]).filter((each) => changes[each] !== undefined)
  requireSettings({ ...after, grantTypes: after.grantTypes as GrantType[], scopes: after.scopes as AppScope[] }, set)
  const newlyShown = asksPeople(after.grantTypes) && !asksPeople(before.grantTypes)
  const named = newlyShown || (changes.name && asksPeople(after.grantTypes)) ? requireOwnName(actor, after.name) : {}
  if (newlyShown) await requireReachableMaker(tx, actor, before.responsibleId, before.projectId)
  // What it has it may keep, whoever gave it that. A new way to tokens of its own is a way to all of its scopes.
  const isNewWay = !before.grantTypes.includes('client_credentials')
  const scopes = isNewWay ? after.scopes : lost(after.scopes, before.scopes)
  const given = { grantTypes: after.grantTypes, scopes }
  await requireOwnTokens(tx, actor, before.role ?? 'owner', given)
  const operatorGives = await restsOnOperator(tx, actor, before.responsibleId, scopes)
  await tx
    .update(oauthClients)
    .set({ ...values, ...(operatorGives && { grantedByOperator: true }) })
    .where(eq(oauthClients.id, clientId))
  await recordAudit(tx, actor, {
    action: 'app.updated',
    target: { kind: 'app', id: clientId, name: after.name },
    projectId: before.projectId,
    changes: { ...changes, ...named },
    // What it has for tokens of its own, its secret is good for.
    circumstances: { asAdmin, scopes: given.grantTypes.includes('client_credentials') ? given.scopes : [] },
  })
  if (showsOtherwise(before, after, changes)) await dropVerifiedMarks(tx, actor, eq(oauthClients.id, clientId))
  await mailRedirects(tx, actor, before, after.redirectUris)
  const app = await readApp(tx, clientId)
  const narrowed = (['scopes', 'grantTypes', 'redirectUris'] as const).some(
    (field) => lost(before[field], after[field]).length > 0,
  )
  return { app, narrowed }
}

/** Whether people are shown something else at consent, or sent elsewhere after it. Less of what it may do is not. */
const showsOtherwise = (
  before: { scopes: readonly string[]; grantTypes: readonly string[] },
  after: { scopes: readonly string[]; grantTypes: readonly string[] },
  changes: Record<string, unknown>,
): boolean =>
  ['name', 'description', 'homepage', 'redirectUris'].some((field) => changes[field] !== undefined) ||
  lost(after.scopes, before.scopes).length > 0 ||
  asksPeople(lost(after.grantTypes, before.grantTypes))

const lost = (before: readonly string[], after: readonly string[]) => before.filter((each) => !after.includes(each))

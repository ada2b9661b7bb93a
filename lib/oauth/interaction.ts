import 'server-only'
import { and, desc, eq, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClientLogos, oauthGrants, projects } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { redirectHostOf } from '@/lib/apps/redirect-uri'
import { Failure, notFound } from '@/lib/errors'
import { listProjects, type Project } from '@/lib/projects/find'
import { type AppScope, allAppScopes, concernsProject } from '@/lib/scopes'
import { sessionMaxAge } from '@/lib/session'
import { findArtifact, keepArtifact, type Payload } from './artifacts'
import { type Client, findClient } from './clients'
import { denyGrant, giveGrant } from './consent'
import { sessionUid } from './session-uid'

/** The cookie by which a browser is known to have begun a request; only that request's own pages are sent it. */
export const interactionCookie = 'latchkey.interaction'

/** Who asks, for what. What the consent page shows, and what is then consented to. */
export interface Request {
  client: Pick<Client, 'id' | 'name' | 'homepage' | 'description'> & { verified: boolean; logo: string | null }
  /** The project that registered the app. A person's name is not shown: anybody can call themselves anything. */
  publisher: string
  /** Where the person will be sent; null for devices. */
  redirectHost: string | null
  scopes: AppScope[]
  /** The projects to choose from, when a scope concerns one; null when none does. */
  projects: Project[] | null
  /** The one chosen last. */
  projectId: string | null
  /**
   * What the app has been allowed already in each project that can be chosen, or for what concerns none: it keeps that
   * beside what it asks for. Nothing if the app changed its name since.
   */
  held: { projectId: string | null; scopes: AppScope[] }[]
  /** Where the person will be sent, in full, if they have let the app in before but never allowed this address. */
  newRedirectUri: string | null
}

/** A request that waits for a person. */
export interface Interaction extends Request {
  uid: string
  /** The app wants the person to sign in anew, and they have not since it asked. */
  mustSignInAgain: boolean
}

/**
 * The request that waits under `uid`, for the browser it was begun in.
 *
 * @param cookie the value of that browser's cookie, which the library set when the request began
 * @returns null when there is none, it is over, or it was begun in another browser
 */
export async function readInteraction(
  actor: SessionActor,
  uid: string,
  cookie: string | undefined,
): Promise<Interaction | null> {
  const found = await find(uid, cookie)
  if (!found) return null
  const { client, params, payload } = found
  const request = await describeRequest(actor, client, params.scope, params.redirect_uri ?? null)
  return { ...request, uid, mustSignInAgain: mustSignInAgain(actor, payload) }
}

/** What a person decided. */
export interface Decision {
  allow: boolean
  /** Whom the page was shown to: somebody who has changed accounts in another tab decides nothing. */
  userId: string
  /** The name that the page showed. */
  clientName: string
  projectId: string | null
}

/**
 * Carries out a decision and leads back to the library, which sends the person on to the app.
 *
 * @returns the path to send the browser to
 * @throws Failure `not_found` for a request that is over or another browser's, `conflict` when the account or the app is
 *   another one by now, and what `giveGrant` throws
 */
export async function decide(
  actor: SessionActor,
  uid: string,
  cookie: string | undefined,
  decision: Decision,
): Promise<string> {
  const found = await find(uid, cookie)
  if (!found) throw notFound('request')
  const { client, params, payload } = found
  if (decision.userId !== actor.userId || mustSignInAgain(actor, payload)) {
    throw new Failure('conflict', 'You are signed in with another account by now. Look at the request again.')
  }
  const login = { accountId: actor.userId, ts: signedInAt(actor) }
  const result = decision.allow
    ? { login, consent: { grantId: await allow(actor, client, params, decision) } }
    : { error: 'access_denied', error_description: 'the person refused' }
  if (!decision.allow) await denyGrant(actor, client)
  const session = { accountId: actor.userId, uid: sessionUid(actor.sessionId) }
  await keepArtifact('Interaction', uid, { ...payload, result, session }, 5 * 60)
  return `/oauth/authorize/${uid}`
}

async function allow(actor: SessionActor, client: Client, params: Params, decision: Decision): Promise<string> {
  const scopes = scopesOf(client, params.scope)
  return giveGrant(actor, {
    clientId: client.id,
    clientName: decision.clientName,
    scopes,
    projectId: scopes.some(concernsProject) ? decision.projectId : null,
    redirectUri: params.redirect_uri ?? null,
  })
}

interface Params {
  client_id?: string
  scope?: string
  redirect_uri?: string
}

async function find(uid: string, cookie: string | undefined) {
  // Whoever was sent a link to somebody else's request has not got its cookie.
  if (cookie !== uid) return null
  const payload = await findArtifact('Interaction', uid)
  if (!payload || (payload.exp ?? 0) * 1000 <= Date.now()) return null
  const params = payload.params as Params
  const client = await findClient(params.client_id ?? '')
  return client ? { payload, params, client } : null
}

/** `prompt=login` and `max_age` (OpenID Connect Core, 3.1.2.1): a sign-in after the request counts, one before does not. */
function mustSignInAgain(actor: SessionActor, payload: Payload): boolean {
  const { reasons = [] } = (payload.prompt ?? {}) as { reasons?: string[] }
  const fresh = ['login_prompt', 'max_age'].some((reason) => reasons.includes(reason))
  return fresh && signedInAt(actor) < (payload.iat as number)
}

/** In seconds since 1970. */
export const signedInAt = (actor: SessionActor): number =>
  Math.floor(actor.expiresAt.getTime() / 1000) - sessionMaxAge()

/** What an app asks for, as a person is to see it. */
export async function describeRequest(
  actor: SessionActor,
  client: Client,
  scope: string | undefined,
  redirectUri: string | null,
): Promise<Request> {
  const scopes = scopesOf(client, scope)
  const grants = await db()
    .select()
    .from(oauthGrants)
    .where(
      and(eq(oauthGrants.userId, actor.userId), eq(oauthGrants.clientId, client.id), isNull(oauthGrants.revokedAt)),
    )
    .orderBy(desc(oauthGrants.changedAt), desc(oauthGrants.id))
  const [publisher] = await db().select({ name: projects.name }).from(projects).where(eq(projects.id, client.projectId))
  const [logo] = await db()
    .select({ hash: oauthClientLogos.hash })
    .from(oauthClientLogos)
    .where(eq(oauthClientLogos.clientId, client.id))
  const choices = scopes.some(concernsProject) ? await listProjects(actor) : null
  const places: (string | null)[] = choices?.map(({ id }) => id) ?? [null]
  const known = grants.filter(({ clientName, projectId }) => clientName === client.name && places.includes(projectId))
  return {
    client: {
      id: client.id,
      name: client.name,
      homepage: client.homepage,
      description: client.description,
      verified: client.verifiedAt !== null,
      logo: logo ? `/apps/${client.id}/logo/${logo.hash}` : null,
    },
    publisher: publisher?.name ?? '',
    redirectHost: redirectHostOf(redirectUri),
    scopes,
    projects: choices,
    projectId: known[0]?.projectId ?? null,
    held: known.map((grant) => ({
      projectId: grant.projectId,
      scopes: allAppScopes.filter((each) => grant.scopes.includes(each)),
    })),
    // A native app is called back on any port of the device, or by its own scheme: nothing is remembered.
    newRedirectUri:
      grants.length > 0 && client.kind !== 'native' && !known.some((grant) => allows(grant, redirectUri))
        ? redirectUri
        : null,
  }
}

/** What is asked for of what the app may ask for, in the order in which people read it. */
export function scopesOf(client: Client, scope = ''): AppScope[] {
  const asked = scope.split(' ')
  return allAppScopes.filter((each) => asked.includes(each) && client.scopes.includes(each))
}

const allows = ({ redirectUris }: typeof oauthGrants.$inferSelect, uri: string | null) =>
  uri !== null && redirectUris.includes(uri)

import 'server-only'
import type { SessionActor } from '@/lib/actor'
import { Failure, notFound } from '@/lib/errors'
import { takeAttempt } from '@/lib/rate-limit'
import { concernsProject } from '@/lib/scopes'
import { findByUserCode, keepArtifact, type Payload } from './artifacts'
import { findClient } from './clients'
import { denyGrant, giveGrant } from './consent'
import { type Decision, describeRequest, type Request, scopesOf, signedInAt } from './interaction'
import { sessionUid } from './session-uid'

/** A device that waits for a person (RFC 8628), and the code it shows. */
export interface WaitingDevice extends Request {
  userCode: string
}

/**
 * The device that shows `userCode`, in whatever way the person has typed it. Guesses are limited by person.
 *
 * @returns null when no device waits under it
 * @throws Failure `rate_limited`
 */
export async function readDevice(actor: SessionActor, userCode: string): Promise<WaitingDevice | null> {
  await takeAttempt('userCodesPerPerson', actor.userId)
  const found = await find(userCode)
  if (!found) return null
  const { client, payload } = found
  const request = await describeRequest(actor, client, scopeOf(payload), null)
  return { ...request, userCode: dashed(payload.userCode as string) }
}

/**
 * Lets a device in, or turns it away.
 *
 * @throws Failure `not_found` when it no longer waits, `conflict` when the account is another one by now, `rate_limited`,
 *   and what `giveGrant` throws
 */
export async function decideDevice(actor: SessionActor, userCode: string, decision: Decision): Promise<void> {
  await takeAttempt('userCodesPerPerson', actor.userId)
  if (decision.userId !== actor.userId) {
    throw new Failure('conflict', 'You are signed in with another account by now. Look at the request again.')
  }
  const found = await find(userCode)
  if (!found) throw notFound('code')
  const { client, payload } = found
  if (!decision.allow) {
    await denyGrant(actor, client)
    return save({ ...payload, error: 'access_denied', errorDescription: 'the person refused' })
  }
  const scopes = scopesOf(client, scopeOf(payload))
  const grantId = await giveGrant(actor, {
    clientId: client.id,
    clientName: decision.clientName,
    scopes,
    projectId: scopes.some(concernsProject) ? decision.projectId : null,
    redirectUri: null,
  })
  await save({
    ...payload,
    accountId: actor.userId,
    grantId,
    scope: scopes.join(' '),
    authTime: signedInAt(actor),
    sessionUid: sessionUid(actor.sessionId),
  })
}

async function find(userCode: string) {
  const payload = await findByUserCode(userCode.toUpperCase().replace(/[^0-9A-Z]/g, ''))
  if (!payload || payload.accountId || payload.error || (payload.exp ?? 0) * 1000 <= Date.now()) return null
  const client = await findClient(payload.clientId ?? '')
  return client ? { payload, client } : null
}

const save = (payload: Payload) =>
  keepArtifact('DeviceCode', payload.jti as string, payload, (payload.exp as number) - Date.now() / 1000)

const scopeOf = ({ params }: Payload) => (params as { scope?: string } | undefined)?.scope

/** As devices show it: four characters, a dash, four more. */
const dashed = (userCode: string): string => `${userCode.slice(0, 4)}-${userCode.slice(4)}`

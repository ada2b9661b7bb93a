import 'server-only'
import type { TokenActor } from '@/lib/actor'
import { recordRefusal } from '@/lib/audit/attempt'
import { env } from '@/lib/env'
import { Failure, isFailure } from '@/lib/errors'
import { log } from '@/lib/log'
import { countVerdict } from '@/lib/metrics'
import { settled } from '@/lib/narrowing'
import type { Quota } from '@/lib/rate-limit'
import { unavailable } from '@/lib/unavailable'
import { recordUse, type UsedSecret } from '@/lib/usage/record'
import { recordRefusedRequest } from '@/lib/usage/refusals'
import { recordTokenUse } from '@/lib/usage/tokens'
import { type Answer, addRateLimit, JSON_TYPE, problem, standingHeaders } from './answer'
import { authenticate, type Identity, takeRequest } from './authenticate'
import type { Policy } from './policy'
import type { Source } from './source'

/**
 * The guard: everything that stands between a request and what it asks for, in this order: authenticate, rate limit,
 * policy, the work itself. Never throws: what goes wrong is the answer. `/api/v1` and the gate both go through here.
 */
export async function guarded(
  source: Source,
  policy: Policy,
  work: (identity: Identity) => Promise<Answer>,
): Promise<Answer> {
  const started = performance.now()
  let used: UsedSecret | undefined
  let token: TokenActor | undefined
  let quota: Quota | undefined
  let accepted = false
  /** Somebody was authenticated: what they are refused then is theirs. */
  let known = false
  let answer: WholeAnswer
  try {
    const identity = await authenticate(source)
    known = true
    used = identity.key?.actor
    token = identity.token?.actor
    quota = await takeRequest(identity)
    const refusal = policy(identity) ?? crossSite(source, identity)
    if (refusal) {
      await writeDown(refusal, source, identity)
      throw refusal
    }
    countVerdict('accepted', started)
    accepted = true
    answer = withHeaders(await work(identity), source)
    await settled(source.origin)
  } catch (error) {
    answer = failed(error, source)
    if (!accepted) countVerdict(isFailure(error) ? error.code : 'error', started)
    if (isFailure(error)) {
      used ??= error.subject
      quota ??= error.quota
    }
    await settled(source.origin)
  }
  if (quota) addRateLimit(answer.headers, quota)
  if (used) recordUse(used, source.origin, source.route, answer.status)
  else if (!accepted && !known && answer.status < 500) recordRefusedRequest(source.origin)
  if (token && accepted) recordTokenUse(token, source.origin, source.route)
  return answer
}

/** For what is open to all: the work, with nothing in front of it. Never throws. */
export async function unguarded(source: Source, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return withHeaders(await work(), source)
  } catch (error) {
    return failed(error, source)
  }
}

/** The problem answer to whatever was thrown. What is not a Failure is logged, and told to the caller as a 500. */
export function failed(error: unknown, { method, origin }: Pick<Source, 'method' | 'origin'>): WholeAnswer {
  const failure = isFailure(error) ? error : unexpected(error, method, origin.requestId)
  return withHeaders(problem(failure, origin.requestId), { origin })
}

interface WholeAnswer extends Answer {
  headers: Record<string, string>
}

/** One object, filled in place: copying headers from object to object costs more than the check of a key. */
function withHeaders(
  { status, headers: own = {}, body, text }: Answer,
  { origin }: Pick<Source, 'origin'>,
): WholeAnswer {
  const headers = standingHeaders(origin.requestId)
  if (body !== undefined) headers['Content-Type'] = JSON_TYPE
  for (const name in own) headers[name] = own[name] as string
  return { status, headers, body, text }
}

/** A session cookie is sent along by foreign pages too, so a change made by it must say where it was asked for. */
function crossSite(source: Source, { actor }: Identity): Failure | null {
  if (actor.kind !== 'user' || actor.sessionId === null || !isWrite(source)) return null
  const origin = source.header('origin')
  return origin.length === 1 && origin[0] === env().APP_URL
    ? null
    : new Failure('cross_site', 'A change made by a session must come from a page of this site.')
}

const isWrite = ({ method }: Source) => method !== 'GET' && method !== 'HEAD'

/** What a credential tried to change and was not let near. What gets past here the verbs write down. */
async function writeDown(refusal: Failure, source: Source, { actor }: Identity): Promise<void> {
  // Whoever asks the gate for a verdict changes nothing.
  if (!isWrite(source) || source.route.startsWith('POST gate')) return
  const projectId = actor.kind === 'key' || actor.kind === 'token' ? actor.projectId : null
  const { route } = source
  await recordRefusal(
    actor,
    { action: 'request.made', target: { kind: 'route', id: route, name: route }, projectId },
    refusal,
  )
}

function unexpected(error: unknown, method: string, requestId: string): Failure {
  const away = unavailable(error, method !== 'GET' && method !== 'HEAD')
  if (away) return away
  log().error({ requestId, err: error }, 'request failed')
  return new Failure('internal_error', 'Something went wrong here. Quote the request id when you report it.')
}

import 'server-only'
import type { z } from 'zod'
import type { Origin } from '@/lib/actor'
import { type Answer, json } from '@/lib/api/answer'
import { judgeCredential, takeRequest } from '@/lib/api/authenticate'
import { readJson } from '@/lib/api/body'
import { describe } from '@/lib/api/describe'
import { guarded } from '@/lib/api/guard'
import { allOf, anyOf, hasScope, viaKey, viaOAuth } from '@/lib/api/policy'
import { verifySchema } from '@/lib/api/shapes'
import type { Source } from '@/lib/api/source'
import { type Failure, invalidField, isFailure } from '@/lib/errors'
import { countVerdict } from '@/lib/metrics'
import { knownApis } from '@/lib/oauth/audience'
import type { VerifiedToken } from '@/lib/oauth/verify'
import { recordUse } from '@/lib/usage/record'
import { recordTokenUse } from '@/lib/usage/tokens'

/**
 * Judges somebody else's credential for a resource server, which needs `credentials:verify`. The answer is a verdict,
 * 200 either way; what the client got wrong counts against its address, and its requests against its own quota.
 */
export const verify = (source: Source): Promise<Answer> =>
  guarded(source, allOf(anyOf(viaKey, viaOAuth), hasScope('credentials:verify')), async () => {
    const { credential, scopes, address, resource } = await readJson(source, verifySchema)
    if (resource !== undefined && !knownApis().includes(resource)) {
      throw invalidField('resource', 'There is no API with this identifier.')
    }
    const origin: Origin = { address: address ?? null, userAgent: null, requestId: source.origin.requestId }
    return json(await verdictOn({ credential, scopes, resource }, origin, source.route))
  })

type Question = Pick<z.infer<typeof verifySchema>, 'credential' | 'scopes' | 'resource'>

async function verdictOn({ credential, scopes, resource }: Question, origin: Origin, route: string) {
  const started = performance.now()
  let used: Parameters<typeof recordUse>[0] | undefined
  try {
    const { key, token } = await judgeCredential(credential, { origin, audience: resource })
    const actor = (key ?? (token as VerifiedToken)).actor
    used = key?.actor
    await takeRequest({ key, token, actor })
    for (const scope of scopes) {
      const refusal = hasScope(scope)({ actor })
      if (refusal) throw refusal
    }
    countVerdict('accepted', started)
    if (used) recordUse(used, origin, route, 200)
    if (token) recordTokenUse(token.actor, origin, route)
    return { valid: true, ...describe({ key, token }) }
  } catch (error) {
    countVerdict(isFailure(error) ? error.code : 'error', started)
    if (!isFailure(error) || error.code === 'unavailable') throw error
    used ??= error.subject
    if (used) recordUse(used, origin, route, error.status)
    return refusal(error)
  }
}

const refusal = ({ code, scope, retryAfter }: Failure) => ({
  valid: false,
  code,
  ...(scope && { scope }),
  ...(retryAfter !== undefined && { retryAfter }),
})

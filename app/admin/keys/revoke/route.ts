import { z } from 'zod'
import type { SessionActor } from '@/lib/actor'
import { adminTrying } from '@/lib/auth'
import { isFailure } from '@/lib/errors'
import { revokeKeySchema } from '@/lib/keys/input'
import { type ManyKeys, revokeManyKeys } from '@/lib/keys/revoke-many'
import { keyFilterSchema } from '@/lib/keys/search'
import { log } from '@/lib/log'
import { settled } from '@/lib/narrowing'
import { unavailable } from '@/lib/unavailable'
import { download } from '../../download'

const reason = revokeKeySchema.shape.reason
const keyIds = z.array(z.string().regex(/^[0-9A-Za-z]{1,64}$/)).max(1_000)

const bodySchema = z.union([z.strictObject({ keyIds, reason }), z.strictObject({ filter: keyFilterSchema, reason })])

/**
 * Revokes many keys, and says line by line how far it is: a server action could only say so at the end. The last line
 * comes when no instance accepts any of them. The front has seen that it is asked for by a page of this site.
 */
export async function POST(request: Request): Promise<Response> {
  const user = await adminTrying('POST /admin/keys/revoke')
  const { data, error } = bodySchema.safeParse(await request.json().catch(() => null))
  if (error) return Response.json({ error: error.issues[0]?.message ?? 'This cannot be read.' }, { status: 422 })
  const { reason, ...which } = data
  return download('revoked.jsonl', 'application/jsonl', progress(user, which, reason || null))
}

async function* progress(user: SessionActor, which: ManyKeys, reason: string | null): AsyncGenerator<string> {
  let revoked = 0
  const line = (step: object) => `${JSON.stringify({ revoked, ...step })}\n`
  try {
    for await (revoked of revokeManyKeys(user, which, { reason })) yield line({})
    await settled(user.origin)
    yield line({ done: true })
  } catch (error) {
    const failure = isFailure(error) ? error : unavailable(error, true)
    if (!failure) log().error({ err: error, requestId: user.origin.requestId }, 'revoking many keys failed')
    await settled(user.origin)
    yield line({
      error: failure?.message ?? 'Something went wrong here. Do it again for the rest.',
      code: failure?.code,
    })
  }
}

import { createServer, type IncomingMessage } from 'node:http'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeyUses } from '@/db/schema'
import { describe } from '@/lib/api/describe'
import { isFailure } from '@/lib/errors'
import { verifyKey } from '@/lib/keys/verify'

// The same check done the plain way: every request reads the key's record (VERIFY_LEASE_MS is 0 here) and writes when
// it was last used, before it is answered. No limits, no usage, no metrics.
const server = createServer((request, response) => {
  void answer(request).then(({ status, body }) => {
    waste(Number(request.headers['x-planted-ms'] ?? 0))
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' })
    response.end(JSON.stringify(body))
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'))
process.on('disconnect', () => process.exit())

async function answer({ headers }: IncomingMessage): Promise<{ status: number; body: unknown }> {
  try {
    const credential = headers.authorization?.replace('Api-Key ', '') ?? ''
    const key = await verifyKey(credential, { address: '127.0.0.1', userAgent: null, requestId: '' })
    await db().update(apiKeyUses).set({ usedAt: sql`now()` }).where(eq(apiKeyUses.keyId, key.actor.keyId))
    return { status: 200, body: describe({ key }) }
  } catch (error) {
    if (!isFailure(error)) throw error
    return { status: error.status, body: { code: error.code } }
  }
}

/** The difference that the timing test must find: CPU burnt by the server before it answers. */
function waste(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

// An API that asks Latchkey about every request itself, without a gateway in front of it. Node 20 or later, no packages.
//
//   LATCHKEY_KEY=lk_… LATCHKEY_GATE=http://127.0.0.1:3001 PORT=8080 node resource-server.mjs
//
// LATCHKEY_KEY is a key of your own that holds the scope credentials:verify. It is limited like any key: give it a rate
// limit that suits all of your API's traffic.
import { createServer } from 'node:http'

const { LATCHKEY_KEY, LATCHKEY_GATE = 'http://127.0.0.1:3001', PORT = '8080' } = process.env
if (!LATCHKEY_KEY) throw new Error('LATCHKEY_KEY: is required, a key that holds credentials:verify')

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error.message)
    // No verdict is no permission: whatever went wrong, the request is refused.
    problem(response, 503, 'unavailable', { 'Retry-After': '1' })
  })
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`The API is ready at http://127.0.0.1:${PORT}`))

async function answer(request, response) {
  if (request.url !== '/orders') return problem(response, 404, 'not_found')
  const caller = await guard(request, response, [request.method === 'GET' ? 'orders:read' : 'orders:write'])
  if (!caller) return
  // What belongs to whom is yours to decide, by project: scopes only say what may be done at all.
  send(response, 200, { project: caller.project.slug, orders: [] })
}

/** The verdict on a request's credential when it is good. Otherwise answers the request, and returns null. */
async function guard(request, response, scopes) {
  const credentials = credentialsOf(request)
  if (credentials.length === 0) return problem(response, 401, 'missing_credentials')
  if (credentials.length > 1) return problem(response, 400, 'multiple_credentials')
  const verdict = await verify({ credential: credentials[0], scopes, address: request.socket.remoteAddress })
  if (verdict.valid) return verdict
  if (verdict.code === 'rate_limited')
    return problem(response, 429, verdict.code, { 'Retry-After': verdict.retryAfter })
  const forbidden = ['insufficient_scope', 'address_not_allowed', 'forbidden'].includes(verdict.code)
  return problem(response, forbidden ? 403 : 401, verdict.code)
}

/** Every credential that was sent, so that one which is bad is never passed over for another. */
function credentialsOf({ headersDistinct }) {
  const authorization = headersDistinct.authorization ?? []
  const bare = authorization.map((value) => value.replace(/^(?:api-key|bearer) +/i, ''))
  return [...bare, ...(headersDistinct['x-api-key'] ?? [])]
}

/** Asks the gate. The verdict is for this request alone: keep it, and a revoked key goes on working. */
async function verify(question) {
  const answer = await fetch(`${LATCHKEY_GATE}/verify`, {
    method: 'POST',
    headers: { Authorization: `Api-Key ${LATCHKEY_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(question),
    // The gate answers within 5 s, also when its database is away.
    signal: AbortSignal.timeout(6_000),
  })
  if (answer.status !== 200) throw new Error(`Latchkey gave no verdict: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

function problem(response, status, code, headers = {}) {
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Api-Key realm="orders", Bearer realm="orders"' } : {}
  const type = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' }
  send(response, status, { type: `urn:latchkey:problem:${code}`, status, code }, { ...type, ...challenge, ...headers })
  return null
}

function send(response, status, body, headers = { 'Content-Type': 'application/json' }) {
  response.writeHead(status, headers).end(JSON.stringify(body))
}

import { createServer, type ServerResponse } from 'node:http'

/** An answer that was seen from Latchkey, for the bare server to give as well. */
export interface BareAnswer {
  status: number
  headers: Record<string, string>
  /** Parsed; undefined for none. */
  body?: unknown
}

// A bare `node:http` server: what it costs here to answer JSON at all. It gives the same answers as Latchkey, with the
// same headers and bytes, and looks at nothing but the path.
const answers = JSON.parse(process.env.BARE_ANSWERS ?? '{}') as Record<string, BareAnswer>

const server = createServer((request, response) => {
  const answer = answers[request.url ?? '']
  if (!answer) return response.writeHead(404).end()
  if (request.method === 'POST') request.on('end', () => reply(response, answer)).resume()
  else reply(response, answer)
})

// Not made anew for each request: the loader that runs this file gives every function its name by a call.
function reply(response: ServerResponse, { status, headers, body }: BareAnswer): void {
  response.writeHead(status, headers).end(body && JSON.stringify(body))
}

server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'))
process.on('disconnect', () => process.exit())

import 'server-only'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origin } from '@/lib/actor'
import { addressTest } from '@/lib/addresses'
import { type Answer, json } from '@/lib/api/answer'
import { failed, unguarded } from '@/lib/api/guard'
import type { Source } from '@/lib/api/source'
import { sealingProblem } from '@/lib/audit/seal'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { send } from '@/lib/front/answers'
import { NO_QUERY, readBody } from '@/lib/front/api'
import { gatewayClientAddress } from '@/lib/front/client-address'
import { headerValues } from '@/lib/front/header-values'
import { createListener, type Listener, requireHost } from '@/lib/front/listener'
import { renderMetrics } from '@/lib/metrics'
import { pingDatabase } from '@/lib/process'
import { once } from '@/lib/runtime'
import { forwardAuth } from './forward-auth'
import { verify } from './verify'

export const DEFAULT_GATE_PORT = 3001

type Route = { methods: readonly string[]; answer(source: Source): Promise<Answer> }

/**
 * The machine-to-machine listener: asks the same guard as `/api/v1`, for gateways and resource servers. Shares the
 * lease, the limits and the counters of its process; alone in a process it has its own.
 *
 * @param ready false once the process is about to stop, so that load balancers look elsewhere
 */
export function createGate(ready: () => boolean): Listener {
  const routes: Record<string, Route> = {
    '/verify': { methods: ['POST'], answer: verify },
    '/forward-auth': { methods: ['GET', 'HEAD'], answer: forwardAuth },
    '/healthz': { methods: ['GET', 'HEAD'], answer: (source) => unguarded(source, async () => json({ status: 'ok' })) },
    '/readyz': { methods: ['GET', 'HEAD'], answer: (source) => unguarded(source, () => readiness(ready())) },
    '/metrics': { methods: ['GET', 'HEAD'], answer: (source) => unguarded(source, metrics) },
  }
  return createListener((request, response) => handle(routes, request, response), {
    trusted: (peer) => trusted()(peer),
  })
}

async function handle(
  routes: Record<string, Route>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const origin: Origin = {
    address: gatewayClientAddress(request, trusted()),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: randomUUID(),
  }
  try {
    requireHost(request)
    const { path, query } = splitPath(request.url ?? '/')
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) throw new Failure('not_found', 'There is nothing at this path of the gate.')
    if (!route.methods.includes(method)) {
      response.setHeader('Allow', route.methods.join(', '))
      throw new Failure('method_not_allowed', `This path answers ${route.methods.join(', ')}.`)
    }
    const source: Source = {
      method,
      route: `${method} gate${path}`,
      query: query === '' ? NO_QUERY : new URLSearchParams(query),
      origin,
      // A portal's cookie is for the portal: at the gate it would speak for a person without their knowing.
      header: (name) => (name === 'cookie' ? [] : headerValues(request, name)),
      body: () => readBody(request, response),
    }
    send(request, response, await route.answer(source))
  } catch (error) {
    send(request, response, failed(error, { method, origin }))
  }
}

function splitPath(target: string): { path: string; query: string } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/**
 * Whether this process should be sent requests: it is not stopping, and its database answers. A log that is not sealed stops
 * no request, but whoever looks here learns of it.
 */
async function readiness(ready: boolean): Promise<Answer> {
  if (!ready) throw new Failure('unavailable', 'This process is stopping.')
  await pingDatabase()
  const detail = sealingProblem()
  return json({ status: 'ready', ...(detail && { detail }) })
}

const metrics = async (): Promise<Answer> => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
  text: await renderMetrics(),
})

const trusted = () => once('gate-trusted', () => addressTest(env().GATE_TRUSTED))

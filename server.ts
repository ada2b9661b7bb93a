import { once as onceEvent } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { handle } from '@/db'
import { migrateConfigured } from '@/db/migrate'
import { parseRequest } from '@/lib/cli/request'
import { runCommand } from '@/lib/cli/run'
import { serveCli } from '@/lib/cli/socket'
import { type Env, EnvError, env } from '@/lib/env'
import { makeRouteTable, type Routes, type RouteTable } from '@/lib/front/route-table'
import { createFront } from '@/lib/front/server'
import { log } from '@/lib/log'
import { flushUses } from '@/lib/usage/record'
import { prepareFirstAdmin } from '@/lib/users/first-admin'

/** How long a stopping server still serves connections that are open, in ms: closing them at once resets some. */
const GRACE_MS = 1_000
/** After this a stopping server no longer waits for what is in flight, in ms. */
const GIVE_UP_MS = 25_000

const dev = process.env.NODE_ENV !== 'production'
let stopping = false
let routes: RouteTable

await start().catch((error: unknown) => {
  const lines = error instanceof EnvError ? error.problems : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) console.error(`latchkey: ${line}`)
  process.exit(1)
})

async function start(): Promise<void> {
  const settings = env()
  // The database before anything slow: a second starter on the same folder is told so at once.
  await migrateConfigured()
  routes = await loadRoutes()
  const cli =
    handle().kind === 'pglite'
      ? await serveCli(
          settings.DATA_DIR,
          (request) => runCommand(parseRequest(request)),
          (error) => log().error({ err: error }, 'a command failed'),
        )
      : undefined

  let pages: RequestListener = () => {}
  const front = createFront({
    routes: () => routes,
    pages: (request, response) => pages(request, response),
    dev,
    stopping: () => stopping,
  })
  pages = await preparePages(settings, front)
  await listen(front, settings)
  console.log(`Latchkey is ready at ${settings.APP_URL}`)
  const setupLink = await prepareFirstAdmin()
  if (setupLink) console.log(`There is no admin yet. This link makes one; it works once, for 24 hours: ${setupLink}`)

  // In development the watcher says when a route module has changed.
  if (dev) process.on('message', () => void reloadRoutes())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(front, cli))
  process.on('unhandledRejection', (error) => log().error({ err: error }, 'unhandled rejection'))
  process.on('uncaughtException', (error) => {
    // What threw may have left anything half done: stop in good order, and let the supervisor start afresh.
    log().fatal({ err: error }, 'uncaught exception')
    process.exitCode = 1
    void stop(front, cli)
  })
}

async function loadRoutes(version = 0): Promise<RouteTable> {
  const url = new URL(`./routes.js?${version}`, import.meta.url).href
  const module = (await import(url)) as { routes: Routes }
  return makeRouteTable(module.routes)
}

async function reloadRoutes(): Promise<void> {
  try {
    routes = await loadRoutes(Date.now())
  } catch (error) {
    log().error({ err: error }, 'the changed routes cannot be loaded; the old ones stay')
  }
}

async function preparePages(settings: Env, front: Server): Promise<RequestListener> {
  // next-auth and Next read these from the environment and from nowhere else.
  process.env.AUTH_URL = settings.APP_URL
  process.env.NEXT_TELEMETRY_DISABLED = '1'
  const { default: next } = await import('next')
  const app = next({
    dev,
    dir: process.cwd(),
    hostname: 'localhost',
    port: settings.PORT,
    // In production a server of its own: Next adds an `upgrade` listener, which makes clients of h2c hang.
    httpServer: dev ? front : createServer(),
  })
  await app.prepare()
  return app.getRequestHandler()
}

async function listen(front: Server, { PORT, HOST }: Env): Promise<void> {
  front.listen(PORT, HOST)
  await onceEvent(front, 'listening')
}

/**
 * Stops without resetting anybody: take no new connections, serve what the open ones still bring with
 * `Connection: close`, then wait for what is in flight, write what is buffered, close the database.
 */
async function stop(front: Server, cli: { close(): Promise<void> } | undefined): Promise<void> {
  if (stopping) return
  stopping = true
  const closed = onceEvent(front, 'close')
  // Not `front.close()`, which also ends idle connections at once, while a request may be on its way over one.
  NetServer.prototype.close.call(front)
  // In development nobody waits for the grace, and the browser's hot-reload socket would never end by itself.
  if (dev) front.closeAllConnections()
  else await sleep(GRACE_MS)
  const idle = setInterval(() => front.closeIdleConnections(), 100)
  await Promise.race([closed, sleep(GIVE_UP_MS)])
  clearInterval(idle)
  await cli?.close()
  await flushUses()
  await handle().close()
  process.exit()
}

import { createServer, type RequestListener, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { handle } from '@/db'
import { migrateConfigured } from '@/db/migrate'
import { tellAddedHosts } from '@/lib/apps/mail'
import { mailAuditHead } from '@/lib/audit/mail-head'
import { startSealing } from '@/lib/audit/seal'
import { parseRequest } from '@/lib/cli/request'
import { runCommand } from '@/lib/cli/run'
import { serveCli } from '@/lib/cli/socket'
import { type Env, env } from '@/lib/env'
import type { Listener } from '@/lib/front/listener'
import { makeRouteTable, type Routes, type RouteTable } from '@/lib/front/route-table'
import { createFront } from '@/lib/front/server'
import { createGate, DEFAULT_GATE_PORT } from '@/lib/gate/server'
import { warnOfExpiry } from '@/lib/keys/mail'
import { revokeIdleKeys } from '@/lib/keys/revoke-idle'
import { log } from '@/lib/log'
import { pruneMail, startSending } from '@/lib/mail/send'
import { outboxFolder } from '@/lib/mail/transport'
import { pruneAnonymous, pruneArtifacts } from '@/lib/oauth/prune'
import { onStop, refuseToStart } from '@/lib/process'
import { openRateLimits } from '@/lib/rate-limit'
import { requestOrigin } from '@/lib/request-context'
import { unavailable } from '@/lib/unavailable'
import { pruneUsage } from '@/lib/usage/prune'
import { prepareFirstAdmin } from '@/lib/users/first-admin'
import { pruneSignUps } from '@/lib/users/sign-up'

const PRUNE_EVERY_MS = 6 * 60 * 60 * 1000
const PRUNE_ANONYMOUS_EVERY_MS = 15 * 60 * 1000
const WARN_EVERY_MS = 60 * 60 * 1000
const START_TRIES = 5

const dev = process.env.NODE_ENV !== 'production'
let stopping = false
let routes: RouteTable

await start().catch(refuseToStart)

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
  const front = createFront({ routes: () => routes, pages: (request, response) => pages(request, response), dev })
  const gate = createGate(() => !stopping)
  pages = await preparePages(settings, front.server)
  // Before anybody is told that it is ready, so that whoever then asks it to stop is heard.
  const prune = setInterval(
    () =>
      void Promise.all([pruneUsage(), pruneArtifacts(), pruneMail(), pruneSignUps()]).catch((err: unknown) =>
        log().warn({ err }, 'could not forget what is old'),
      ),
    PRUNE_EVERY_MS,
  )
  const pruneOften = setInterval(forgetAnonymous, PRUNE_ANONYMOUS_EVERY_MS)
  forgetAnonymous()
  const idle = setInterval(
    () =>
      void revokeIdleKeys({ kind: 'system', name: 'server', origin: requestOrigin() }).catch((err: unknown) =>
        log().warn({ err }, 'could not revoke idle keys'),
      ),
    PRUNE_EVERY_MS,
  )
  const warn = setInterval(warnSoon, WARN_EVERY_MS)
  warnSoon()
  // Not at the start, when nothing is sealed yet.
  const mailHead = setInterval(
    () => void mailAuditHead().catch((err: unknown) => log().warn({ err }, 'could not mail the end of the audit log')),
    WARN_EVERY_MS,
  )
  const stopSealing = startSealing()
  const stopSending = startSending()
  onStop(async () => {
    stopping = true
    clearInterval(prune)
    clearInterval(pruneOften)
    clearInterval(idle)
    clearInterval(warn)
    clearInterval(mailHead)
    await Promise.all([front.stop(dev), gate.stop(dev)])
    await cli?.close()
    await Promise.all([stopSealing(), stopSending()])
  })
  await openRateLimits()
  // Before anybody is told that it is ready: a start that fails here ends the process.
  const setupLink = await askAgain(prepareFirstAdmin)
  await front.listen(settings.PORT, settings.HOST)
  await openGate(gate, settings)
  console.log(`Latchkey is ready at ${settings.APP_URL}`)
  if (!settings.SMTP_URL) console.log(`No mail server is set: mail is kept as files in ${outboxFolder()}`)
  if (setupLink) console.log(`There is no admin yet. This link makes one; it works once, for 24 hours: ${setupLink}`)

  // In development the watcher says when a route module has changed.
  if (dev) process.on('message', () => void reloadRoutes())
}

/** A database that is starting too, or shares a busy machine, may not answer in time at first: then asks it again. */
async function askAgain<T>(act: () => Promise<T>, tries = START_TRIES): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (tries === 1 || !unavailable(error, true)) throw error
    log().warn({ err: error }, 'the database does not answer; asking again')
    await sleep(1_000)
    return askAgain(act, tries - 1)
  }
}

function forgetAnonymous(): void {
  pruneAnonymous().catch((err: unknown) => log().warn({ err }, 'could not forget expired requests'))
}

function warnSoon(): void {
  tellAddedHosts().catch((err: unknown) => log().warn({ err }, 'could not tell people of added redirect hosts'))
  warnOfExpiry().catch((err: unknown) => log().warn({ err }, 'could not warn of keys that expire'))
}

/** Opens the gate where it was asked for. Where nobody asked and its usual port is taken, the portal goes on without. */
async function openGate(gate: Listener, { GATE_PORT, GATE_HOST }: Env): Promise<void> {
  try {
    await gate.listen(GATE_PORT ?? DEFAULT_GATE_PORT, GATE_HOST)
  } catch (error) {
    if (GATE_PORT !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    console.warn(`Port ${DEFAULT_GATE_PORT} is taken, so there is no gate. Set GATE_PORT to have one.`)
  }
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

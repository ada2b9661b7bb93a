import { handle } from '@/db'
import { env } from '@/lib/env'
import { createGate, DEFAULT_GATE_PORT } from '@/lib/gate/server'
import { onStop, refuseToStart } from '@/lib/process'
import { openRateLimits } from '@/lib/rate-limit'

// `npm run gate`: the gate alone, against the database that the portal uses, so that gates scale on their own.
await start().catch(refuseToStart)

async function start(): Promise<void> {
  const { DATABASE_URL, GATE_PORT, GATE_HOST } = env()
  if (!DATABASE_URL) throw new Error('DATABASE_URL: is required; the embedded database belongs to the portal alone')
  let stopping = false
  const gate = createGate(() => !stopping)
  handle() // Opens the pool; what the schema lacks, the portal migrates.
  await openRateLimits()
  // Before anybody is told that it is ready: whoever then asks it to stop must find it listening to that too.
  onStop(async () => {
    stopping = true
    await gate.stop()
  })
  const port = GATE_PORT ?? DEFAULT_GATE_PORT
  await gate.listen(port, GATE_HOST)
  console.log(`The gate is ready at http://${GATE_HOST}:${port}`)
}

import { test as base } from '@playwright/test'
import { startPostgres } from '../scripts/postgres'
import { type Latchkey, newSecrets, startLatchkey } from './server'

interface WorkerOptions {
  /** Where the server under test keeps its data; each Playwright project sets it. */
  database: 'embedded' | 'postgres'
  /** Further environment of the server: `test.use({ serverEnv: { SIGN_UP: 'closed' } })` gives a file its own server. */
  serverEnv: Record<string, string>
  /** The server under test: one per worker, empty at its start. */
  latchkey: Latchkey
}

/** Playwright's `test` with a server of its own behind `page` and `request` (`baseURL`). */
export const test = base.extend<object, WorkerOptions>({
  database: ['embedded', { option: true, scope: 'worker' }],
  serverEnv: [{}, { option: true, scope: 'worker' }],
  latchkey: [
    async ({ database, serverEnv }, use) => {
      const postgres = database === 'postgres' ? await startPostgres() : undefined
      const env = postgres && { DATABASE_URL: postgres.url, ...newSecrets() }
      const latchkey = await startLatchkey({ env: { ...env, ...serverEnv } })
      await use(latchkey)
      await latchkey.stop()
      await postgres?.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ latchkey }, use) => use(latchkey.url),
})

export { expect } from '@playwright/test'

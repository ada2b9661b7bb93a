import { defineConfig } from '@playwright/test'
import type { Through } from './e2e/api/site'
import { chromiumArgs, findChromium } from './e2e/chromium'

/** Browser tests run against a production build: see `e2e/test.ts` for the server each worker gets. */
export default defineConfig<object, { database: 'embedded' | 'postgres'; through: Through }>({
  testDir: 'e2e',
  globalSetup: './e2e/build.ts',
  // Each worker holds a server and a browser.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  outputDir: 'test-results',
  use: {
    launchOptions: { executablePath: findChromium(), args: chromiumArgs },
    // A trace of every step costs a fifth of the time. To see one: --trace on.
    screenshot: 'only-on-failure',
    // Tests look for words and dates.
    locale: 'en-GB',
    timezoneId: 'UTC',
  },
  projects: [
    { name: 'embedded', testIgnore: ['api/**', 'gate/**', 'guard/**', 'oauth/**'], use: { database: 'embedded' } },
    { name: 'postgres', testMatch: 'smoke.spec.ts', use: { database: 'postgres' } },
    // On both databases: what is consumed once, and what is ended, is settled by them.
    { name: 'oauth', testMatch: 'oauth/**/*.spec.ts', grepInvert: /@postgres/, use: { database: 'embedded' } },
    { name: 'oauth-postgres', testMatch: 'oauth/**/*.spec.ts', use: { database: 'postgres' } },
    { name: 'gate', testMatch: 'gate/**/*.spec.ts' },
    // One suite, twice; what only the front can do stands in a file of its own.
    { name: 'front', testMatch: 'api/**/*.spec.ts', use: { through: 'front' } },
    { name: 'next', testMatch: 'api/**/*.spec.ts', testIgnore: 'api/front.spec.ts', use: { through: 'next' } },
    // Holds answers to bounds of seconds under a load of its own, so it has the machine to itself, last. Alone: --no-deps.
    {
      name: 'guard',
      testMatch: 'guard/**/*.spec.ts',
      workers: 1,
      dependencies: ['embedded', 'postgres', 'oauth', 'oauth-postgres', 'gate', 'front', 'next'],
    },
  ],
})

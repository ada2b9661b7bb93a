import { defineConfig } from 'vitest/config'

/**
 * `*.test.ts` is pure and runs once. `*.db.test.ts` runs on both databases, each file in an empty, migrated one of its
 * own; `*.pglite.test.ts` and `*.postgres.test.ts` are for what only one of them has. `e2e/` belongs to Playwright.
 */
export default defineConfig({
  resolve: {
    alias: {
      '@': import.meta.dirname,
      'server-only': `${import.meta.dirname}/scripts/empty.mjs`,
    },
  },
  test: {
    // As many as the browser tests have. On two cores it would be one, and tests wait for databases more than they compute.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/.next/**', '**/*.{db,pglite,postgres}.test.ts'],
          setupFiles: ['scripts/vitest/env.ts'],
        },
      },
      database('pglite'),
      database('postgres'),
    ],
  },
})

function database(name: 'pglite' | 'postgres') {
  return {
    extends: true as const,
    test: {
      name,
      include: [`**/*.{db,${name}}.test.ts`],
      globalSetup: [`scripts/vitest/${name}.ts`],
      setupFiles: ['scripts/vitest/env.ts', 'scripts/vitest/database.ts'],
    },
  }
}

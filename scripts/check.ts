import { step } from './step'

/** `npm run check`: format, lint, types, unused code. Seconds. Resolves with whether each one passed. */
export async function check(): Promise<boolean[]> {
  // What types are checked against is partly generated: the table of API routes and Next's types of pages.
  const prepared = await Promise.all([
    step('route table', [
      'node',
      '--input-type=module',
      '-e',
      `import { generateRouteTable } from './scripts/bundle.mjs'; generateRouteTable()`,
    ]),
    step('page types', ['next', 'typegen'], { env: { NEXT_TELEMETRY_DISABLED: '1' } }),
  ])
  if (prepared.includes(false)) return [false]
  return Promise.all([
    step('format and lint', ['biome', 'check', '--error-on-warnings', '--colors=off']),
    step('types', ['tsc', '--noEmit']),
    step('unused code', ['knip', '--no-progress']),
  ])
}

if (process.argv[1] === import.meta.filename) process.exitCode = (await check()).includes(false) ? 1 : 0

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium } from '../e2e/chromium'
import { audit } from './audit'
import { check } from './check'
import { step } from './step'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

// `npm test`: everything that must hold before a change lands. Its last line is the sum of all of it.
const reports = mkdtempSync(join(tmpdir(), 'latchkey-reports-'))
const tallies = [ofChecks(await check()), ofAudit(audit()), await unitTests(), await browserTests()]
rmSync(reports, { recursive: true, force: true })
const sum = (what: keyof Tally) => tallies.reduce((total, tally) => total + tally[what], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function ofChecks(results: boolean[]): Tally {
  const passed = results.filter(Boolean).length
  return { passed, failed: results.length - passed, skipped: 0 }
}

/** Where nobody could be asked it counts for nothing: it judges what the world knows today, and not this change. */
function ofAudit(passed: boolean | null): Tally {
  return { passed: passed ? 1 : 0, failed: passed === false ? 1 : 0, skipped: 0 }
}

/** Unit tests once, database tests on the embedded database and on a real PostgreSQL. */
async function unitTests(): Promise<Tally> {
  const file = join(reports, 'vitest.json')
  const args = ['--allowOnly=false', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`]
  const ok = await step('unit and database tests', ['vitest', 'run', ...args], { live: true })
  const report = readReport<{
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    numTodoTests: number
  }>(file)
  return tally(
    ok,
    report?.numPassedTests,
    report?.numFailedTests,
    (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  )
}

/** A production build in a real Chromium. */
async function browserTests(): Promise<Tally> {
  let browser: string
  try {
    browser = ensureChromium()
  } catch (error) {
    console.log(`✗ browser tests: ${(error as Error).message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  if (!(await step('production build', ['node', 'scripts/build.mjs'], { live: true }))) {
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const file = join(reports, 'playwright.json')
  const ok = await step('browser tests', ['playwright', 'test', '--forbid-only', '--reporter=dot,json'], {
    live: true,
    env: { CHROMIUM_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  })
  const stats = readReport<{ stats: { expected: number; unexpected: number; flaky: number; skipped: number } }>(
    file,
  )?.stats
  return tally(ok, stats?.expected, (stats?.unexpected ?? 0) + (stats?.flaky ?? 0), stats?.skipped)
}

/** A run that failed without a failed test (a file that does not load, an error between tests) counts as one. */
function tally(ok: boolean, passed = 0, failed = 0, skipped = 0): Tally {
  return { passed, failed: ok ? failed : Math.max(failed, 1), skipped }
}

function readReport<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

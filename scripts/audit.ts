import { spawnSync } from 'node:child_process'

interface Verdict {
  /** `unknown` when no registry answered. */
  state: 'clean' | 'vulnerable' | 'unknown'
  /** The findings, or why nobody answered. */
  detail: string
}

interface Advisory {
  name: string
  severity: string
  /** Advisories by their title, and names of dependencies that bring one with them. */
  via: (string | { title: string; url: string })[]
}

/**
 * `npm run audit`, and a step of `npm test`: asks the registry for advisories about the dependencies of production. A
 * finding fails. If no registry answers, it says so and fails nothing: without a network, tests must still pass.
 *
 * @returns whether it passed; null when it was skipped
 */
export function audit(): boolean | null {
  const { state, detail } = askRegistry()
  if (state === 'unknown') {
    console.log(`– advisories: skipped, no registry answered (${detail})`)
    return null
  }
  if (detail) console.log(detail)
  console.log(state === 'clean' ? '✓ advisories' : '✗ advisories')
  return state === 'clean'
}

/** @param env of npm, which takes each of its settings from there too */
export function askRegistry(env: NodeJS.ProcessEnv = process.env): Verdict {
  const npm = (...args: string[]) => spawnSync('npm', args, { encoding: 'utf8', env, timeout: 60_000 })
  // Offline, npm reports no findings without having asked.
  if (npm('config', 'get', 'offline').stdout.trim() === 'true') return { state: 'unknown', detail: 'npm is offline' }
  const { stdout, error } = npm('audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000')
  if (error) return { state: 'unknown', detail: error.message }
  return read(stdout)
}

function read(stdout: string): Verdict {
  let report: { vulnerabilities?: Record<string, Advisory>; message?: string }
  try {
    report = JSON.parse(stdout)
  } catch {
    return { state: 'unknown', detail: 'npm did not answer in JSON' }
  }
  const { vulnerabilities, message } = report
  if (!vulnerabilities) return { state: 'unknown', detail: message ?? 'npm gave no report' }
  const findings = Object.values(vulnerabilities).map(({ name, severity, via }) => {
    const reasons = via.map((each) => (typeof each === 'string' ? `through ${each}` : `${each.title} ${each.url}`))
    return `${name} (${severity}): ${reasons.join('; ')}`
  })
  return { state: findings.length === 0 ? 'clean' : 'vulnerable', detail: findings.join('\n') }
}

if (process.argv[1] === import.meta.filename) process.exitCode = audit() === false ? 1 : 0

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** What `npm run audit` says and exits with, with a registry that gives `answer` about advisories. */
async function auditWith(answer: unknown, env: Record<string, string> = {}, status = 200) {
  const registry = createServer((request, response) => {
    const asked = request.url?.endsWith('/advisories/bulk')
    request.resume().on('end', () => {
      response.writeHead(asked ? status : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void registry.close())
  const cache = mkdtempSync(join(tmpdir(), 'latchkey-npm-'))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  const npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
  const child = spawn('node_modules/.bin/tsx', ['scripts/audit.ts'], {
    // Whatever npm remembers of an advisory by its number is nobody else's.
    env: { ...process.env, npm_config_registry, npm_config_offline: 'false', npm_config_cache: cache, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return { code: await new Promise((resolve) => child.once('close', resolve)), output }
}

const advisory = (vulnerable_versions: string, severity = 'low') => [
  {
    id: 1,
    url: 'https://example.com/1',
    title: 'Too slow',
    severity,
    vulnerable_versions,
    cwe: [],
    cvss: { score: 0 },
  },
]

test('a finding of any severity fails, and says what it is', async () => {
  for (const severity of ['low', 'critical']) {
    const { code, output } = await auditWith({ nodemailer: advisory('*', severity) })
    expect(output).toContain(`nodemailer (${severity}): Too slow https://example.com/1`)
    expect(code).toBe(1)
  }
}, 60_000)

test('the advisories about nodemailer up to 9.1.0 are not about this release', async () => {
  expect(await auditWith({ nodemailer: advisory('<=9.1.0') })).toEqual({ code: 0, output: '✓ advisories\n' })
}, 60_000)

test('without an answer it is skipped and says why, never passed', async () => {
  const skipped = '– advisories: skipped, no registry answered'
  const noAnswer = [
    await auditWith('not here', {}, 405),
    await auditWith({}, { npm_config_registry: 'http://127.0.0.1:9' }),
    await auditWith({}, { npm_config_offline: 'true' }),
  ]
  for (const { code, output } of noAnswer) {
    expect(output).toContain(skipped)
    expect(output).not.toContain('✓')
    expect(code).toBe(0)
  }
}, 60_000)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres'

test('a server takes connections, hangs when frozen, and stops even then', async () => {
  const server = await startPostgres()
  const sql = postgres(server.url, { max: 1 })
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  server.signal('SIGSTOP')
  const answer = sql`select 2 as two`.catch(() => 'cut')
  expect(await Promise.race([answer, sleep(300, 'hung')])).toBe('hung')
  await server.stop()
  expect(isRunning(server.pid)).toBe(false)
  await sql.end({ timeout: 1 })
})

test('a server ends with the process that started it, also when that is killed', async () => {
  const script = `import { startPostgres } from './scripts/postgres.ts'; startPostgres().then(({ pid }) => console.log(pid)); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(owner.stdout), 'line')
  expect(isRunning(Number(line))).toBe(true)
  owner.kill('SIGKILL')
  await expect.poll(() => isRunning(Number(line)), { timeout: 10_000 }).toBe(false)
})

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

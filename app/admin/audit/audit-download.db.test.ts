import { sql } from 'drizzle-orm'
import type { NextRequest } from 'next/server'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { cli } from '@/db/testing'
import { auditFilterSchema, searchAudit } from '@/lib/audit/search'
import { auditDownload } from './audit-download'

const agents = ['\t', '=\t', ';"', '\t"=', ' ', 'a']
const EVENTS = 250

beforeAll(async () => {
  for (const agent of agents) await events(EVENTS, agent.repeat(500).slice(0, 500), agent)
  // As the log may hold from before headers were cut.
  for (const agent of agents) await events(2, agent.repeat(15_000).slice(0, 15_000), `${agent} of old`)
})

test.each(['csv', 'jsonl'])('an export as %s keeps nobody waiting, whatever a client called itself', async (format) => {
  const request = { nextUrl: new URL(`http://localhost/export?format=${format}`) } as unknown as NextRequest
  const filter = auditFilterSchema.parse({})
  const file = auditDownload(request, 'audit', (page) => searchAudit(cli(), { ...filter, ...page }))
  const { value, turns, longest } = await watched(() => file.text())
  expect(value.length).toBeGreaterThan(agents.length * EVENTS * 500)
  expect(turns).toBeGreaterThan(0)
  expect(longest).toBeLessThan(1_000)
})

test.each([
  ['queries', () => db().execute(sql`select 1`)],
  ['transactions', () => db().transaction((tx) => tx.execute(sql`select 1`))],
  ['events of the log', () => searchAudit(cli(), { ...auditFilterSchema.parse({}), limit: 100 })],
])('work that asks for %s again and again lets others have their turn', async (_, ask: () => Promise<unknown>) => {
  const asking = async () => {
    for (const end = performance.now() + 1_500; performance.now() < end; ) await ask()
  }
  const { turns, longest } = await watched(asking)
  expect(turns).toBeGreaterThan(0)
  expect(longest).toBeLessThan(1_000)
})

/**
 * How often others of this process got a turn while `work` ran, and how long they waited for one at most, in ms of its
 * own computing: what else the machine does is not its fault.
 */
async function watched<T>(work: () => Promise<T>): Promise<{ value: T; turns: number; longest: number }> {
  let [turns, longest, last, over] = [0, 0, process.cpuUsage(), false]
  const turn = () => {
    const { user, system } = process.cpuUsage(last)
    longest = Math.max(longest, (user + system) / 1000)
    last = process.cpuUsage()
    if (over) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  const value = await work()
  over = true
  turn()
  return { value, turns, longest }
}

async function events(count: number, userAgent: string, name: string): Promise<void> {
  await db().execute(sql`insert into audit_events (id, actor_kind, actor_name, action, target_kind, target_id, target_name,
      result, address, user_agent, request_id, changes)
    select ${name} || n, 'system', 'tests', 'user.created', 'user', 'nobody', ${name}, 'allowed', '192.0.2.1',
      ${userAgent}, 'none', '{}'::jsonb from generate_series(1, ${count}) n`)
}

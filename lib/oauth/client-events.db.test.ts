import { and, eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { auditEvents } from '@/db/schema'
import { auditOf, makeClient, makePerson, makeToken, origin, type Person } from '@/db/testing'
import { asSuperuser } from '@/db/testing-audit'
import type { App } from '@/lib/apps/app'
import { withOrigin } from '@/lib/request-context'
import { forget } from '@/lib/runtime'
import { endArtifact } from './artifacts'
import { recordWrongSecret } from './client-events'

let ada: Person
let machine: App

beforeEach(async () => {
  ada = await makePerson()
  machine = (await makeClient(ada, { kind: 'machine', scopes: ['orders:read'], grantTypes: ['client_credentials'] }))
    .app
})

const eventsOf = async (id: string, action: string, result?: 'refused') =>
  (await auditOf(id, result)).filter((event) => event.action === action)

/** Moves the events of a target into the past. */
const age = (id: string) =>
  asSuperuser(sql`update audit_events set at = at - interval '61 minutes' where target_id = ${id}`)

describe('tokens of an app itself', () => {
  test('leave one event an hour, whichever process issues them', async () => {
    for (let i = 0; i < 3; i++) await makeToken(machine, ['orders:read'])
    forget('client-tokens-issued')
    await makeToken(machine, ['orders:read'])
    expect(await eventsOf(machine.id, 'app.token_issued')).toMatchObject([
      { actorKind: 'app', actorId: machine.id, projectId: ada.projectId },
    ])
    await age(machine.id)
    forget('client-tokens-issued')
    await makeToken(machine, ['orders:read'])
    expect(await eventsOf(machine.id, 'app.token_issued')).toHaveLength(2)
  })

  test('leave an event each when they are revoked', async () => {
    const token = await makeToken(machine, ['orders:read'])
    await endArtifact('ClientCredentials', token)
    await endArtifact('ClientCredentials', token)
    expect(await eventsOf(machine.id, 'app.token_revoked')).toHaveLength(1)
  })
})

test('a person’s access token that is revoked leaves an event on its grant; a refresh token leaves that of its family', async () => {
  const { app } = await makeClient(ada)
  const token = await makeToken(app, ['orders:read'], ada)
  await endArtifact('AccessToken', token)
  await endArtifact('AccessToken', 'not one of ours')
  const rows = await db()
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.action, 'grant.token_revoked'), eq(auditEvents.actorId, app.id)))
  expect(rows).toMatchObject([{ targetKind: 'grant', targetName: app.name, projectId: ada.projectId }])
})

describe('a wrong client secret', () => {
  const wrong = (address: string) => withOrigin(origin({ address }), () => recordWrongSecret(machine.id))

  test('leaves one event an hour for each address, and for 20 addresses at most', async () => {
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.1']) await wrong(address)
    const events = await eventsOf(machine.id, 'app.authenticated', 'refused')
    expect(events.map(({ address }) => address)).toEqual(['203.0.113.1', '203.0.113.2'])
    expect(events[0]).toMatchObject({ actorKind: 'system', projectId: ada.projectId })
    for (let i = 0; i < 30; i++) await wrong(`198.51.100.${i}`)
    expect(await eventsOf(machine.id, 'app.authenticated', 'refused')).toHaveLength(20)
    await age(machine.id)
    await wrong('203.0.113.1')
    expect(await eventsOf(machine.id, 'app.authenticated', 'refused')).toHaveLength(21)
  })

  test('of an unknown app leaves none', async () => {
    await recordWrongSecret('unknown')
    expect(await eventsOf('unknown', 'app.authenticated', 'refused')).toEqual([])
  })
})

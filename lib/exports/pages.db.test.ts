import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cli, makeKey, makePerson, outcome, type Person, signInAs } from '@/db/testing'
import type { SessionActor } from '@/lib/actor'
import { auditFilterSchema } from '@/lib/audit/search'
import { walkBreaches } from '@/lib/keys/list-breaches'
import { keyFilterSchema, searchKeys } from '@/lib/keys/search'
import { readPolicy } from '@/lib/policy/read'
import { endSession } from '@/lib/sessions/end'
import { disableUser } from '@/lib/users/disable'
import { removeAdmin } from '@/lib/users/remove-admin'
import { exportAudit, exportProjectAudit } from './pages'

let ada: Person
let admin: Person
/** The session by which the export began. */
let reader: SessionActor

beforeAll(async () => {
  await makePerson({ name: 'Root', isAdmin: true })
})

beforeEach(async () => {
  ada = await makePerson()
  await makeKey(ada)
  admin = await makePerson({ name: 'Olga', isAdmin: true })
  reader = await signInAs(admin.user)
})

const auditFilter = auditFilterSchema.parse({})

/** Asks each list of the whole site for another page. */
const pages: Record<string, () => Promise<unknown>> = {
  keys: () => searchKeys(reader, { ...keyFilterSchema.parse({}), sort: 'createdAt', limit: 500, every: true }),
  audit: () => exportAudit(reader, auditFilter, { limit: 1000 }),
  breaches: async () => walkBreaches(reader, await readPolicy()).next(),
}

describe('an export that is under way', () => {
  for (const [list, page] of Object.entries(pages)) {
    test.each<[string, () => Promise<unknown>]>([
      ['loses the admin role', () => removeAdmin(cli(), admin.user.id)],
      ['is disabled', () => disableUser(cli(), admin.user.id)],
      ['signs out', () => endSession(admin.actor, reader.sessionId)],
    ])(`of ${list} ends when its reader %s`, async (_, end) => {
      expect(await outcome(page())).toBe('done')
      await end()
      expect(await outcome(page())).toBe('not_found')
    })
  }

  test.each<[string, () => Promise<unknown>]>([
    ['is disabled', () => disableUser(cli(), ada.user.id)],
    ['signs out', () => endSession(ada.actor, reader.sessionId)],
  ])('of a project ends when its reader %s', async (_, end) => {
    reader = await signInAs(ada.user)
    const page = () =>
      exportProjectAudit(reader, ada.projectId, auditFilterSchema.omit({ project: true }).parse({}), { limit: 10 })
    expect((await page()).data.length).toBeGreaterThan(0)
    await end()
    expect(await outcome(page())).toBe('invalid_credentials')
  })
})

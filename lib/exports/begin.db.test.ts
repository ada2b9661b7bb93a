import { beforeAll, describe, expect, test } from 'vitest'
import { addMember, auditOf, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import { findKey } from '@/lib/keys/find'
import { beginExport, beginProjectExport } from './begin'

let root: Person
let ada: Person

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson()
})

describe('an export leaves an event before its first line', () => {
  test.each(['keys', 'audit', 'violations'] as const)('an admin’s export of %s', async (list) => {
    await beginExport(root.actor, list, { q: 'zapier', status: '' })
    expect(await auditOf(list)).toMatchObject([
      { action: 'site.exported', actorId: root.user.id, targetKind: 'site', changes: { q: [null, 'zapier'] } },
    ])
  })

  test('one that was refused', async () => {
    expect(await outcome(beginExport(ada.actor, 'keys'))).toBe('not_found')
    expect(await auditOf('keys', 'refused')).toMatchObject([{ action: 'site.exported', actorId: ada.user.id }])
  })

  test('of a project’s history, by its members alone', async () => {
    const viewer = await makePerson()
    const project = { id: ada.projectId, name: 'Ada’s project' }
    await addMember(ada.projectId, viewer, 'viewer')
    await beginProjectExport(ada.actor, project, { actor: 'x' })
    expect(await outcome(beginProjectExport(viewer.actor, project))).toBe('forbidden')
    expect(await outcome(beginProjectExport(root.actor, project))).toBe('not_found')
    const exports = async (result: 'allowed' | 'refused') =>
      (await auditOf(ada.projectId, result)).filter(({ action }) => action === 'project.exported')
    expect(await exports('allowed')).toMatchObject([{ projectId: ada.projectId, changes: { actor: [null, 'x'] } }])
    expect((await exports('refused')).map(({ actorId }) => actorId)).toEqual([viewer.user.id, root.user.id])
  })
})

describe('looking up a pasted key leaves an event', () => {
  test('with the key that it is, in the history of its project, and without the secret', async () => {
    const { key, secret } = await makeKey(ada)
    await findKey(root.actor, secret)
    const [event] = (await auditOf(key.id)).filter(({ action }) => action === 'key.looked_up')
    expect(event).toMatchObject({
      actorId: root.user.id,
      projectId: ada.projectId,
      changes: { hint: [null, key.hint], secret: [null, 'current'] },
    })
    expect(JSON.stringify(event)).not.toContain(secret.slice(16, 40))
  })

  test('also if nothing matches', async () => {
    const { key, secret } = await makeKey(ada)
    const wrong = secret.slice(0, 20) + (secret[20] === 'a' ? 'b' : 'a') + secret.slice(21)
    // A wrong checksum is not looked up: it is not one of our credentials.
    expect(await outcome(findKey(root.actor, wrong))).toBe('validation_failed')
    expect((await auditOf(key.id)).some(({ action }) => action === 'key.looked_up')).toBe(false)
  })
})

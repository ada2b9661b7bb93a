import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { outbox } from '@/db/schema'
import { keyActor, makeKey, makePerson, PASSWORD, type Person, signInAs } from '@/db/testing'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { changePassword } from '@/lib/users/change-password'
import { sendMail, takeOverMail } from './send'
import type { Outgoing } from './transport'

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
  await db().delete(outbox)
})

/** Moves everything in the outbox into the past, as if that much time had gone by. */
const pass = (minutes: number) =>
  db()
    .update(outbox)
    .set({
      createdAt: sql`${outbox.createdAt} - make_interval(mins => ${minutes})`,
      sentAt: sql`${outbox.sentAt} - make_interval(mins => ${minutes})`,
      nextAttemptAt: sql`${outbox.nextAttemptAt} - make_interval(mins => ${minutes})`,
    })

/** Sends what is due, and returns it in the order of subjects. */
async function sent(): Promise<Outgoing[]> {
  const mails: Outgoing[] = []
  await sendMail(async (mail) => void mails.push(mail))
  return mails.sort((a, b) => a.subject.localeCompare(b.subject))
}

const regenerate = (keyId: string) => regenerateKey(ada.actor, keyId, { overlapSeconds: 0 })

describe('many mails of one kind about one key', () => {
  test('are the first at once, and a digest an hour later', async () => {
    const { key } = await makeKey(ada, { label: 'Zapier' })
    await sent()
    for (let i = 0; i < 60; i++) await regenerate(key.id)
    expect((await sent()).map(({ subject }) => subject)).toEqual(['Key regenerated: Zapier'])
    await pass(59)
    expect(await sent()).toEqual([])
    await pass(1)
    const [digest, ...others] = await sent()
    expect([digest?.subject, others]).toEqual(['59 more: Key regenerated: Zapier', []])
    expect(digest?.text.match(/UTC: Key regenerated: Zapier/g)).toHaveLength(50)
    expect(digest?.text).toContain('- and 9 more')
    expect(digest?.html).toContain(`/keys/${key.id}`)
    // What follows the digest within the hour waits for the next one, and a single mail is sent as itself.
    await pass(20)
    await regenerate(key.id)
    expect(await sent()).toEqual([])
    await pass(40)
    expect((await sent()).map(({ subject }) => subject)).toEqual(['Key regenerated: Zapier'])
    await pass(61)
    await regenerate(key.id)
    expect(await sent()).toHaveLength(1)
  })

  test('are apart for each key and each kind', async () => {
    const keys = [await makeKey(ada, { label: 'One' }), await makeKey(ada, { label: 'Two' })]
    for (const { key } of keys) await regenerate(key.id)
    expect((await sent()).map(({ subject }) => subject)).toEqual([
      'Key created: One',
      'Key created: Two',
      'Key regenerated: One',
      'Key regenerated: Two',
    ])
  })

  test('are one subject if a key acts on many', async () => {
    const { secret } = await makeKey(ada, { label: 'Robot', scopes: ['keys:read', 'keys:write'] })
    const keys = []
    for (let i = 0; i < 5; i++) keys.push(await makeKey(ada, { label: `Key ${i}` }))
    await db().delete(outbox)
    for (const { key } of keys) await revokeKey(await keyActor(secret), key.id)
    expect((await sent()).map(({ subject }) => subject)).toEqual(['Key revoked: Key 0'])
    await pass(60)
    const [digest] = await sent()
    expect(digest?.subject).toBe('4 more: Key revoked: Key 1')
    expect(digest?.text).toContain('UTC: Key revoked: Key 4')
  })

  test('lose nothing while the mail server is down, and hold nothing back then', async () => {
    const { key } = await makeKey(ada, { label: 'Zapier' })
    await sent()
    for (let i = 0; i < 3; i++) await regenerate(key.id)
    await pass(60)
    const away = async () => Promise.reject(new Error('away'))
    await sendMail(away)
    // A mail that the sender has tried cannot be joined.
    await regenerate(key.id)
    await pass(120)
    const subjects = (await sent()).map(({ subject }) => subject)
    expect(subjects).toEqual(['2 more: Key regenerated: Zapier', 'Key regenerated: Zapier', 'Key regenerated: Zapier'])
  })

  test('wait through a restart', async () => {
    const { key } = await makeKey(ada)
    await sent()
    for (let i = 0; i < 3; i++) await regenerate(key.id)
    await sent()
    await takeOverMail()
    expect(await sent()).toEqual([])
  })
})

test('mail about getting in is never held back', async () => {
  let currentPassword = PASSWORD
  for (const newPassword of ['nine quiet badgers paint fences', 'ten loud badgers paint gates', PASSWORD]) {
    await changePassword(await signInAs(ada.user), { currentPassword, newPassword })
    currentPassword = newPassword
  }
  expect(await sent()).toHaveLength(3)
  const rows = await db().select().from(outbox).where(eq(outbox.kind, 'password_changed'))
  expect(rows.map(({ digestKey }) => digestKey)).toEqual([null, null, null])
})

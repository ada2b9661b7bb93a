import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, outbox, users } from '@/db/schema'
import { addMember, cli, keyActor, mailTo, makeClient, makeGrant, makeKey, makePerson, origin } from '@/db/testing'
import { endFamily, startFamily } from '@/lib/oauth/artifacts'
import { giveGrant } from '@/lib/oauth/consent'
import { warnOfExpiry } from './mail'
import { regenerateKey } from './regenerate'
import { revokeKey, revokeKeys } from './revoke'

const kinds = async (email: string) => (await mailTo(email)).map(({ kind }) => kind)

test('who answers for a key is told that it was created, and that it has a new secret', async () => {
  const owner = await makePerson()
  const { key } = await makeKey(owner, { label: 'Zapier orders', thirdParty: { name: 'Zapier' } })
  await regenerateKey(owner.actor, key.id, { overlapSeconds: 3600 })
  const [created, regenerated] = await mailTo(owner.user.email)
  expect(created).toMatchObject({ kind: 'key_created', subject: 'Key created: Zapier orders' })
  expect(created?.text).toContain('You created a key')
  expect(created?.text).toContain('Third party: Zapier')
  expect(created?.text).toContain(`/projects/${owner.user.project.slug}/keys/${key.id}`)
  expect(regenerated?.text).toMatch(/The old secret works until \d+ \w+ \d{4}, \d\d:\d\d UTC/)
})

test('no mail holds a secret', async () => {
  const owner = await makePerson()
  const { key, secret } = await makeKey(owner)
  const { secret: second } = await regenerateKey(owner.actor, key.id, { overlapSeconds: 0 })
  const mails = JSON.stringify(await mailTo(owner.user.email))
  for (const each of [secret, second.reveal()]) expect(mails).not.toContain(each.slice(16))
})

test('somebody else who revokes keys is named in one mail; oneself is not told', async () => {
  const [owner, member] = [await makePerson(), await makePerson({ name: 'Mara Lind' })]
  await addMember(owner.projectId, member, 'owner')
  const keys = [await makeKey(owner, { label: 'One' }), await makeKey(owner, { label: 'Two' })]
  const own = await makeKey(owner, { label: 'Three' })
  await db().delete(outbox)
  await db().transaction((tx) =>
    revokeKeys(
      tx,
      member.actor,
      keys.map(({ key }) => key.id),
      'Leaked',
    ),
  )
  await revokeKey(owner.actor, own.key.id)
  const mails = await mailTo(owner.user.email)
  expect(mails).toMatchObject([{ kind: 'key_revoked', subject: '2 keys revoked' }])
  expect(mails[0]?.text).toContain('Mara Lind revoked 2 keys')
  expect(mails[0]?.text).toContain('Reason: Leaked')
  expect(await kinds(member.user.email)).toEqual([])
})

test('a key that revokes itself tells who answers for it', async () => {
  const owner = await makePerson()
  const { key, secret } = await makeKey(owner, { label: 'Robot' })
  await revokeKey(await keyActor(secret), key.id)
  expect((await mailTo(owner.user.email)).at(-1)?.text).toContain('The key Robot revoked a key that you answer for')
})

test('an act that fails leaves no mail', async () => {
  const owner = await makePerson()
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(makeKey(owner)).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect(await kinds(owner.user.email)).toEqual([])
})

test('of the end of a key one is warned once at 14, 3 and 0 days, by however many instances', async () => {
  const owner = await makePerson()
  const { key } = await makeKey(owner, { expiresAt: new Date(Date.now() + 60 * 24 * 3600_000).toISOString() })
  await db().delete(outbox)
  const subjects: string[] = []
  for (const left of ['20 days', '13 days', '10 days', '2 days', '23 hours', '1 hour', '-1 hour']) {
    await db()
      .update(apiKeys)
      .set({ expiresAt: sql`now() + ${left}::interval`, createdAt: sql`now() - interval '60 days'` })
      .where(eq(apiKeys.id, key.id))
    await Promise.all([warnOfExpiry(), warnOfExpiry(), warnOfExpiry()])
    const mails = await mailTo(owner.user.email)
    subjects.push(`${left}: ${mails.length}`)
  }
  expect(subjects).toEqual([
    '20 days: 0',
    '13 days: 1',
    '10 days: 1',
    '2 days: 2',
    '23 hours: 3',
    '1 hour: 3',
    '-1 hour: 3',
  ])
  expect((await mailTo(owner.user.email)).map(({ subject }) => subject).sort()).toEqual([
    'Key expires within 14 days: Test key',
    'Key expires within 3 days: Test key',
    'Key expires within a day: Test key',
  ])
})

test('a key that was made for a week is warned of at three days, a revoked one not at all', async () => {
  const owner = await makePerson()
  const week = new Date(Date.now() + 7 * 24 * 3600_000).toISOString()
  const { key } = await makeKey(owner, { expiresAt: week })
  const revoked = await makeKey(owner, { expiresAt: week })
  await revokeKey(owner.actor, revoked.key.id)
  await db().delete(outbox)
  await warnOfExpiry()
  expect(await kinds(owner.user.email)).toEqual([])
  await db()
    .update(apiKeys)
    .set({ expiresAt: sql`now() + interval '2 days'`, createdAt: sql`now() - interval '5 days'` })
  await warnOfExpiry()
  expect(await mailTo(owner.user.email)).toMatchObject([
    { kind: 'key_expiring', text: expect.stringContaining(key.id) },
  ])
})

test('a person who is connected to an app, and whose code was used twice, is told', async () => {
  const owner = await makePerson()
  const { app } = await makeClient(owner, { name: 'Ledger', scopes: ['orders:read'] })
  const consent = {
    clientId: app.id,
    clientName: app.name,
    projectId: owner.projectId,
    redirectUri: 'https://app.example.com/callback',
  }
  const familyId = await giveGrant(owner.actor, { ...consent, scopes: ['orders:read'] })
  await giveGrant(owner.actor, { ...consent, scopes: ['orders:read'] })
  await endFamily(familyId, 'used twice')
  const mails = await mailTo(owner.user.email)
  expect(mails.map(({ kind }) => kind)).toEqual(['app_connected', 'grant_ended_by_reuse'])
  expect(mails[0]?.text).toContain('You gave Ledger (app.example.com) access')
})

test('who revokes a token for themselves gets no mail of a copy', async () => {
  const owner = await makePerson()
  const { app } = await makeClient(owner)
  const { id } = await makeGrant(owner, app)
  const familyId = await startFamily(db(), { id, userId: owner.user.id, clientId: app.id }, ['orders:read'])
  await endFamily(familyId, 'revoked by the app')
  expect(await kinds(owner.user.email)).toEqual([])
})

test('the command line and disabled people', async () => {
  const [owner, gone] = [await makePerson(), await makePerson()]
  const { key } = await makeKey(owner)
  await revokeKey({ ...cli(), origin: origin() }, key.id, { asAdmin: true })
  expect((await mailTo(owner.user.email)).at(-1)?.text).toContain('An admin of this site revoked')
  const { key: theirs } = await makeKey(gone)
  await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, gone.user.id))
  await revokeKey(cli(), theirs.id, { asAdmin: true })
  expect(await kinds(gone.user.email)).toEqual(['key_created'])
})

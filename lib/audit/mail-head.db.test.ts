import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { auditHead, users } from '@/db/schema'
import { cli, mailTo, makePerson, type Person } from '@/db/testing'
import { forgetLog } from '@/db/testing-audit'
import { setMailChoices } from '@/lib/users/mail-preferences'
import { removeAdmin } from '@/lib/users/remove-admin'
import { mailAuditHead } from './mail-head'
import { sealEvents } from './seal'
import { verifyAudit } from './verify'

let root: Person

const heads = async ({ user }: Person) => (await mailTo(user.email)).filter(({ kind }) => kind === 'audit_head')
const ask = (person: Person) => setMailChoices(person.actor, { unwanted: [], wanted: ['audit_head'] })

beforeEach(async () => {
  root = await makePerson({ isAdmin: true })
  await ask(root)
  await sealEvents()
})
afterEach(forgetLog)

test('an admin who asked gets the end of the log once a day, good for audit verify', async () => {
  await mailAuditHead(new Date('2026-12-01T00:10:00Z'))
  await mailAuditHead(new Date('2026-12-01T23:10:00Z'))
  await mailAuditHead(new Date('2026-12-02T00:10:00Z'))
  const mails = await heads(root)
  expect(mails).toHaveLength(2)
  const [, number = '', hash = ''] = /--head (\d+):([\w-]+)/.exec(mails[0]?.text ?? '') ?? []
  expect(await verifyAudit(cli(), { number: Number(number), hash })).toMatchObject({ intact: true })
})

test('nobody else gets it: other admins, people who asked and are not admins, former and disabled admins', async () => {
  const others = [await makePerson({ isAdmin: true }), await makePerson(), await makePerson({ isAdmin: true })]
  for (const person of others.slice(1)) await ask(person)
  await removeAdmin(cli(), others[2]?.user.id ?? '')
  const disabled = await makePerson({ isAdmin: true })
  await ask(disabled)
  await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, disabled.user.id))
  await mailAuditHead()
  for (const person of [...others, disabled]) expect(await heads(person)).toEqual([])
  expect(await heads(root)).toHaveLength(1)
})

test('a head that this site did not sign is not passed on', async () => {
  await db().update(auditHead).set({ hash: 'x' })
  await mailAuditHead()
  const [mail] = await heads(root)
  expect(mail?.subject).toBe('The audit log needs attention')
  expect(mail?.text).not.toContain('--head')
})

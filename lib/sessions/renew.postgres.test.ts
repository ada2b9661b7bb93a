import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { cli, mailTo, makePerson, origin, outcome, PASSWORD, type Person, signInAs } from '@/db/testing'
import { requestReset, resetPassword } from '@/lib/recovery/reset-password'
import { encodeSession, readSession } from '@/lib/session'
import { changePassword } from '@/lib/users/change-password'
import { disableUser } from '@/lib/users/disable'
import { signOutEverywhere } from '@/lib/users/sign-out-everywhere'
import { signOutElsewhere } from './end'
import { renewSession } from './renew'

const newPassword = 'nine quiet badgers paint fences'

const endings: Record<string, (ada: Person) => Promise<unknown>> = {
  'a new password': ({ actor }) => changePassword(actor, { currentPassword: PASSWORD, newPassword }),
  'a password set by mail': async ({ user: { email } }) =>
    resetPassword(origin(), { token: (await mailTo(email)).at(-1)?.token ?? '', newPassword }),
  'signing out elsewhere': ({ actor }) => signOutElsewhere(actor),
  'an operator who signs them out': ({ user }) => signOutEverywhere(cli(), user.id),
  'an operator who disables them': ({ user }) => disableUser(cli(), user.id),
}

// Only there can two acts overlap: the embedded database runs one transaction at a time.
test.each(Object.entries(endings))('threat 56: a session renewed meanwhile does not outlive %s', async (_how, end) => {
  const ada = await makePerson()
  const thief = await signInAs(ada.user)
  await requestReset(origin({ address: '192.0.2.1' }), ada.user.email)
  let work: Promise<[string | null, string]> | undefined
  await db().transaction(async (tx) => {
    // Holds up whoever writes to the log, as a busy server would.
    await tx.execute(sql`lock table audit_events in share mode`)
    const renewed = renewSession(thief)
    await sleep(200)
    work = Promise.all([renewed, outcome(end(ada))])
    await sleep(400)
  })
  const [id, ended] = (await work) ?? []
  expect(ended).toBe('done')
  expect(await readSession(await encodeSession(id ?? '', ada.user.id), origin())).toBeNull()
  if (id === null) expect(await readSession(await encodeSession(thief.sessionId, ada.user.id), origin())).toBeNull()
})

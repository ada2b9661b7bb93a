import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { auditEvents, sessions } from '@/db/schema'
import { addMember, makeClient, makeKey, makePerson, outcome, PASSWORD, type Person } from '@/db/testing'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { updateAppSchema } from '@/lib/apps/input'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { updateApp } from '@/lib/apps/update'
import { beginExport, beginProjectExport } from '@/lib/exports/begin'
import { sendInvitation } from '@/lib/invitations/send'
import { updateKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { updateKey } from '@/lib/keys/update'
import { giveGrant } from '@/lib/oauth/consent'
import { changePolicy } from '@/lib/site/change-policy'
import { confirmByPassword } from '@/lib/users/confirm'
import { disableUser } from '@/lib/users/disable'
import { signOutEverywhere } from '@/lib/users/sign-out-everywhere'

// Threat 98: the verbs themselves hold every act against the list, whichever page or route they are called by.

let root: Person

beforeEach(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
})

const provedAgo = (seconds: number) =>
  db()
    .update(sessions)
    .set({ authenticatedAt: sql`now() - make_interval(secs => ${seconds})` })
    .where(eq(sessions.id, root.actor.sessionId))

type Prepared = () => Promise<unknown>

/** Each prepares what the act needs, while the sign-in is recent. */
const grave: Record<string, () => Promise<Prepared>> = {
  'inviting a viewer': async () => () =>
    sendInvitation(root.actor, root.projectId, { email: `v${Math.random()}@example.com`, role: 'viewer' }),
  'registering an app': async () => () => makeClient(root),
  'a redirect URI': async () => {
    const { app } = await makeClient(root)
    const redirectUris = ['https://app.example.com/callback', 'https://elsewhere.example/callback']
    return () => updateApp(root.actor, app.id, updateAppSchema.parse({ redirectUris }))
  },
  'a client secret': async () => {
    const { app } = await makeClient(root)
    return () => rotateClientSecret(root.actor, app.id, { overlapSeconds: 0 })
  },
  'enabling an app': async () => {
    const { app } = await makeClient(root)
    await disableApp(root.actor, app.id)
    return () => enableApp(root.actor, app.id)
  },
  'a key that manages keys': async () => () => makeKey(root, { scopes: ['keys:write'] }),
  'a new secret for such a key': async () => {
    const { key } = await makeKey(root, { scopes: ['keys:write'] })
    return () => regenerateKey(root.actor, key.id, { overlapSeconds: 0 })
  },
  'more addresses for a key': async () => {
    const { key } = await makeKey(root, { allowedAddresses: ['10.0.0.0/8'] })
    return () => updateKey(root.actor, key.id, updateKeySchema.parse({ allowedAddresses: [] }))
  },
  'a higher limit for a key': async () => {
    const { key } = await makeKey(root, { rateLimitPerMinute: 10 })
    return () => updateKey(root.actor, key.id, updateKeySchema.parse({ rateLimitPerMinute: 1_000 }))
  },
  'consent to management scopes': async () => {
    const { app } = await makeClient(root, { scopes: ['keys:read', 'keys:write'] }, { allowManagement: true })
    const consent = { clientId: app.id, clientName: app.name, projectId: root.projectId, redirectUri: null }
    return () => giveGrant(root.actor, { ...consent, scopes: ['keys:write'] })
  },
  'an export of the site': async () => () => beginExport(root.actor, 'keys'),
  'an export of a project': async () => () => beginProjectExport(root.actor, { id: root.projectId, name: 'Root' }),
  'an admin who disables somebody': async () => {
    const bob = await makePerson({ name: 'Bob' })
    return () => disableUser(root.actor, bob.user.id)
  },
  'an admin who signs somebody out': async () => {
    const bob = await makePerson({ name: 'Bob' })
    return () => signOutEverywhere(root.actor, bob.user.id)
  },
  'an admin who revokes a key of others': async () => {
    const { key } = await makeKey(await makePerson({ name: 'Bob' }))
    return () => revokeKey(root.actor, key.id, { asAdmin: true })
  },
  'a change of policy': async () => () => changePolicy(root.actor, { maxLifetimeDays: 300 }),
}

const doneRows = async () =>
  (await db().select({ id: auditEvents.id }).from(auditEvents).where(eq(auditEvents.actorId, root.user.id))).length

describe('takes a proof of identity in the last 15 minutes', () => {
  test.each(Object.entries(grave))('%s', async (_name, prepare) => {
    const act = await prepare()
    await provedAgo(15 * 60 + 1)
    const before = await doneRows()
    expect(await outcome(act())).toBe('reauthentication_required')
    expect(await doneRows()).toBe(before)
    await provedAgo(14 * 60 + 50)
    expect(await outcome(act())).toBe('done')
    if (_name.startsWith('a change of policy')) await changePolicy(root.actor, { maxLifetimeDays: null })
  })
})

describe('takes none', () => {
  const light: Record<string, () => Promise<Prepared>> = {
    'a plain key': async () => () => makeKey(root, { scopes: ['orders:read'] }),
    'a new secret for a plain key': async () => {
      const { key } = await makeKey(root)
      return () => regenerateKey(root.actor, key.id, { overlapSeconds: 0 })
    },
    'revoking one’s own key': async () => {
      const { key } = await makeKey(root)
      return () => revokeKey(root.actor, key.id)
    },
    'fewer addresses and a lower limit': async () => {
      const { key } = await makeKey(root, { allowedAddresses: ['10.0.0.0/8'], rateLimitPerMinute: 10 })
      const fields = { allowedAddresses: ['10.1.0.0/16'], rateLimitPerMinute: 5 }
      return () => updateKey(root.actor, key.id, updateKeySchema.parse(fields))
    },
    'consent to reading': async () => {
      const { app } = await makeClient(root)
      const consent = { clientId: app.id, clientName: app.name, projectId: root.projectId, redirectUri: null }
      return () => giveGrant(root.actor, { ...consent, scopes: ['orders:read'] })
    },
  }
  test.each(Object.entries(light))('%s', async (_name, prepare) => {
    const act = await prepare()
    await provedAgo(3 * 60 * 60)
    expect(await outcome(act())).toBe('done')
  })
})

test('after a proof the same act goes on, and what was forbidden is told before a proof is asked for', async () => {
  const bob = await makePerson({ name: 'Bob' })
  await addMember(bob.projectId, root, 'viewer')
  await provedAgo(60 * 60)
  expect(await outcome(sendInvitation(root.actor, bob.projectId, { email: 'a@example.com', role: 'viewer' }))).toBe(
    'forbidden',
  )
  const act = await (grave['an export of the site'] as () => Promise<Prepared>)()
  expect(await outcome(act())).toBe('reauthentication_required')
  await confirmByPassword(root.actor, PASSWORD)
  expect(await outcome(act())).toBe('done')
})

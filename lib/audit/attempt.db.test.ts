import { randomBytes } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, auditEvents } from '@/db/schema'
import { addMember, cli, keyActor, makeKey, makePerson, origin, outcome, PASSWORD, type Person } from '@/db/testing'
import type { Actor, SessionActor } from '@/lib/actor'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { endGrantForApp } from '@/lib/apps/end-grant'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'
import { registerAppSchema, updateAppSchema } from '@/lib/apps/input'
import { markApp } from '@/lib/apps/mark'
import { registerApp } from '@/lib/apps/register'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { removeLogo, setLogo } from '@/lib/apps/set-logo'
import { updateApp } from '@/lib/apps/update'
import { deleteAccount } from '@/lib/deletion/delete-account'
import { deleteProject } from '@/lib/deletion/delete-project'
import { notFound } from '@/lib/errors'
import { beginExport, beginProjectExport } from '@/lib/exports/begin'
import { narrowGrant } from '@/lib/grants/narrow'
import { removeGrant } from '@/lib/grants/remove'
import { linkIdentity, unlinkIdentity } from '@/lib/identities/link'
import { acceptInvitation } from '@/lib/invitations/accept'
import { sendInvitation } from '@/lib/invitations/send'
import { withdrawInvitation } from '@/lib/invitations/withdraw'
import { createKey } from '@/lib/keys/create'
import { endOverlap } from '@/lib/keys/end-overlap'
import { findKey } from '@/lib/keys/find'
import { createKeySchema, updateKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { revokeManyKeys } from '@/lib/keys/revoke-many'
import { keyFilterSchema } from '@/lib/keys/search'
import { takeOverKey } from '@/lib/keys/take-over'
import { updateKey } from '@/lib/keys/update'
import { changeRole } from '@/lib/members/change-role'
import { leaveProject } from '@/lib/members/leave'
import { removeMember } from '@/lib/members/remove'
import { renameProject } from '@/lib/projects/rename'
import { removePasskey } from '@/lib/second-factor/remove'
import { changePolicy } from '@/lib/site/change-policy'
import { createThirdParty } from '@/lib/third-parties/create'
import { updateThirdParty } from '@/lib/third-parties/update'
import { confirmByPassword } from '@/lib/users/confirm'
import { disableUser } from '@/lib/users/disable'
import { enableUser } from '@/lib/users/enable'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'
import { resetSecondFactor } from '@/lib/users/reset-second-factor'
import { signIn } from '@/lib/users/sign-in'
import { signOutEverywhere } from '@/lib/users/sign-out-everywhere'
import { pngOf } from '@/scripts/png'
import { recordNoAdmin } from './attempt'
import type { AuditAction } from './record'
import { actWords } from './words'

let ada: Person
let viewer: Person
let stranger: Person
let keyId: string
let thirdPartyId: string
let clientId: string

beforeAll(async () => {
  ada = await makePerson()
  viewer = await makePerson({ name: 'Vera' })
  stranger = await makePerson({ name: 'Sven' })
  await addMember(ada.projectId, viewer, 'viewer')
  keyId = (await makeKey(ada)).key.id
  clientId = (
    await registerApp(
      ada.actor,
      ada.projectId,
      registerAppSchema.parse({ name: 'App', redirectUris: ['https://app.example/cb'] }),
    )
  ).app.id
  thirdPartyId = (await createThirdParty(ada.actor, ada.projectId, { name: 'Zapier' })).id
})

/** What sessions, keys and tokens alike may try in a project, and what it is called. */
const verbs: [action: AuditAction, act: (actor: Actor) => Promise<unknown>, target: () => string][] = [
  [
    'key.created',
    (actor) => createKey(actor, ada.projectId, createKeySchema.parse({ label: 'No' })),
    () => ada.projectId,
  ],
  ['key.updated', (actor) => updateKey(actor, keyId, updateKeySchema.parse({ label: 'No' })), () => keyId],
  ['key.regenerated', (actor) => regenerateKey(actor, keyId, { overlapSeconds: 0 }), () => keyId],
  ['key.overlap_ended', (actor) => endOverlap(actor, keyId), () => keyId],
  ['key.revoked', (actor) => revokeKey(actor, keyId), () => keyId],
  [
    'app.registered',
    (actor) =>
      registerApp(
        actor,
        ada.projectId,
        registerAppSchema.parse({ name: 'No', redirectUris: ['https://no.example/cb'] }),
      ),
    () => ada.projectId,
  ],
  ['app.updated', (actor) => updateApp(actor, clientId, updateAppSchema.parse({ name: 'No' })), () => clientId],
  ['app.secret_rotated', (actor) => rotateClientSecret(actor, clientId, { overlapSeconds: 0 }), () => clientId],
  ['app.secret_overlap_ended', (actor) => endClientSecretOverlap(actor, clientId), () => clientId],
  ['app.disabled', (actor) => disableApp(actor, clientId), () => clientId],
  ['app.enabled', (actor) => enableApp(actor, clientId), () => clientId],
  ['app.logo_removed', (actor) => removeLogo(actor, clientId), () => clientId],
  ['third_party.created', (actor) => createThirdParty(actor, ada.projectId, { name: 'No' }), () => ada.projectId],
  ['third_party.updated', (actor) => updateThirdParty(actor, thirdPartyId, { name: 'No' }), () => thirdPartyId],
]

async function endAll(ended: AsyncGenerator<number>): Promise<void> {
  for await (const _ of ended);
}

const rowsOf = (actor: Actor) =>
  db()
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.requestId, actor.origin.requestId), eq(auditEvents.result, 'refused')))

/** The same person in another request. */
const anew = <A extends Actor>(actor: A): A => ({
  ...actor,
  origin: { ...actor.origin, requestId: randomBytes(8).toString('hex') },
})

test.each(verbs)('threat 86: %s, refused, leaves one row', async (action, act, target) => {
  const { key } = await makeKey(ada)
  const weak = await keyActor((await makeKey(ada)).secret)
  const who: [Actor, string, string | null][] = [
    [anew(stranger.actor), 'not_found', null],
    [anew(viewer.actor), 'forbidden', ada.projectId],
    [anew(weak), 'insufficient_scope', ada.projectId],
  ]
  for (const [actor, code, projectId] of who) {
    expect(await outcome(act(actor))).toBe(code)
    const rows = await rowsOf(actor)
    expect(rows).toMatchObject([{ action, targetId: target(), changes: { refusal: [null, code] } }])
    // A stranger's try is in the history of the project that it named, and of none where it named none.
    expect([projectId, target()]).toContain(rows[0]?.projectId ?? null)
  }
  expect(key.status).toBe('active')
})

/** What else may be refused, each with somebody who is: who tried, what, and the code. */
const others: [action: AuditAction, code: string, act: () => Promise<[Actor['origin'], Promise<unknown>]>][] = [
  ...(
    [
      ['user.disabled', (actor) => disableUser(actor, ada.user.id)],
      ['user.enabled', (actor) => enableUser(actor, ada.user.id)],
      ['user.made_admin', (actor) => makeAdmin(actor, ada.user.id)],
      ['user.removed_admin', (actor) => removeAdmin(actor, ada.user.id)],
      ['user.signed_out', (actor) => signOutEverywhere(actor, ada.user.id)],
      ['user.second_factor_removed', (actor) => removePasskey(actor, 'unknown', PASSWORD)],
      ['user.second_factor_reset', (actor) => resetSecondFactor(actor, ada.user.id)],
      ['user.identity_unlinked', (actor) => unlinkIdentity(actor, 'github', 'unknown')],
      ['project.renamed', (actor) => renameProject(actor, ada.projectId, { name: 'No' })],
      ['project.deleted', (actor) => deleteProject(actor, ada.projectId, { name: 'No' })],
      ['member.role_changed', (actor) => changeRole(actor, ada.projectId, viewer.user.id, 'owner')],
      ['member.removed', (actor) => removeMember(actor, ada.projectId, viewer.user.id, { keys: 'keep' })],
      ['member.left', (actor) => leaveProject(actor, ada.projectId)],
      ['invitation.sent', (actor) => sendInvitation(actor, ada.projectId, { email: 'no@example.com', role: 'viewer' })],
      ['invitation.withdrawn', (actor) => withdrawInvitation(actor, 'unknown')],
      ['invitation.accepted', (actor) => acceptInvitation(actor, 'unknown')],
      ['key.taken_over', (actor) => takeOverKey(actor, keyId)],
      ['key.revoked', (actor) => endAll(revokeManyKeys(actor, { keyIds: [keyId] }))],
      ['key.revoked', (actor) => endAll(revokeManyKeys(actor, { filter: keyFilterSchema.parse({}) }))],
      ['grant.narrowed', (actor) => narrowGrant(actor, 'unknown', [])],
      ['grant.removed', (actor) => removeGrant(actor, 'unknown')],
      ['app.verified', (actor) => markApp(actor, clientId, { verified: true })],
      ['app.unverified', (actor) => markApp(actor, clientId, { verified: false })],
      ['app.marked_first_party', (actor) => markApp(actor, clientId, { firstParty: true })],
      ['app.unmarked_first_party', (actor) => markApp(actor, clientId, { firstParty: false })],
      ['app.logo_changed', (actor) => setLogo(actor, clientId, pngOf(64, 64))],
      ['app.grant_ended', (actor) => endGrantForApp(actor, clientId, 'unknown')],
      ['policy.changed', (actor) => changePolicy(actor, { signUp: 'open' })],
      ['site.exported', (actor) => beginExport(actor, 'keys')],
      ['project.exported', (actor) => beginProjectExport(actor, { id: ada.projectId, name: 'No' })],
      ['key.looked_up', (actor) => findKey(actor, 'unknown')],
    ] as [AuditAction, (actor: SessionActor) => Promise<unknown>][]
  ).map(([action, act]): (typeof others)[number] => [
    action,
    'not_found',
    async () => {
      const actor = anew(stranger.actor)
      return [actor.origin, act(actor)]
    },
  ]),
  [
    'user.deleted',
    'conflict',
    async () => {
      // The only owner of a project with another member.
      const actor = anew(ada.actor)
      return [actor.origin, deleteAccount(actor, { email: ada.user.email, password: PASSWORD })]
    },
  ],
  [
    'user.identity_linked',
    'forbidden',
    async () => {
      const actor = anew(ada.actor)
      const claim = { provider: 'github', subject: 'no', email: ada.user.email, emailVerified: false, name: null }
      return [actor.origin, linkIdentity(actor, claim)]
    },
  ],
  [
    'session.started',
    'invalid_credentials',
    async () => {
      const from = origin()
      return [from, signIn(from, { email: ada.user.email, password: 'not the password of anybody' })]
    },
  ],
  [
    'session.confirmed',
    'validation_failed',
    async () => {
      const actor = anew(ada.actor)
      return [actor.origin, confirmByPassword(actor, 'not the password of anybody')]
    },
  ],
  [
    'request.made',
    'not_found',
    async () => {
      // Where the edge lets nobody near a verb it says so itself.
      const actor = anew(stranger.actor)
      const refused = recordNoAdmin(actor, 'POST /admin').then(() => Promise.reject(notFound('page')))
      return [actor.origin, refused]
    },
  ],
]

test.each(others)('threat 86: %s, refused as %s, leaves one row', async (action, code, act) => {
  const [{ requestId }, tried] = await act()
  expect(await outcome(tried)).toBe(code)
  const rows = await db().select().from(auditEvents).where(eq(auditEvents.requestId, requestId))
  expect(rows).toMatchObject([{ action, result: 'refused', changes: { refusal: [null, code] } }])
})

/** Acts that nobody is refused: only wrong input, a limit, or a sign-in that is not recent stands in their way. */
const unrefusable: Partial<Record<AuditAction, string>> = {
  'user.created': 'by who has no account; where signing up is off there is nobody to name',
  'user.renamed': 'one’s own name',
  'user.password_changed': 'a wrong password before it is refused as session.confirmed',
  'user.password_reset': 'by a link; without a good one there is nobody to name',
  'user.reset_requested': 'by whoever knows an address, who always gets the same answer',
  'user.verification_sent': 'one’s own address',
  'user.email_verified': 'by a link; without a good one there is nobody to name',
  'user.email_change_requested': 'one’s own address',
  'user.email_change_cancelled': 'one’s own address',
  'user.email_changed': 'by a link; without a good one there is nobody to name',
  'user.mail_changed': 'one’s own mails',
  'user.second_factor_added': 'one’s own; a wrong code is wrong input',
  'user.recovery_codes_made': 'one’s own',
  'session.half_started': 'comes of a right password; a wrong one is refused as session.started',
  'session.renewed': 'done by the site',
  'session.ended': 'one’s own; what is no session of theirs is told to be none',
  'project.created': 'everybody who is signed in may',
  'grant.given': 'one’s own decision; what an app must not ask for, the app is refused',
  'grant.widened': 'as grant.given',
  'grant.denied': 'one’s own decision',
  'grant.family_ended': 'done by the site',
  'app.token_issued': 'at the token endpoint, which refuses in the words of RFC 6749',
  'app.token_revoked': 'as app.token_issued (RFC 7009)',
  'grant.token_revoked': 'as app.token_issued (RFC 7009)',
  'app.hosts_told': 'done by the site',
  'grant.refresh_repeated': 'a repeat past its bounds ends the family instead',
  'app.authenticated': 'only ever refused; see client-events.db.test.ts',
  'site.signing_key_made': 'by the site or its command line, which may do everything',
  'site.log_signed': 'by the command line, which may do everything',
}

test('threat 86: every act is either tried above by somebody who is refused, or is one that nobody is refused', () => {
  const tried = new Set<string>([...verbs, ...others].map(([action]) => action))
  const excused = Object.keys(unrefusable)
  expect([...tried, ...excused].sort()).toEqual(Object.keys(actWords).sort())
})

test('wrong input is no refusal, and what cannot be done is one', async () => {
  const actor = anew(ada.actor)
  const { key } = await makeKey(ada)
  expect(await outcome(updateKey(actor, key.id, { scopes: ['orders:write'] }))).toBe('validation_failed')
  expect(await rowsOf(actor)).toEqual([])
  await revokeKey(ada.actor, key.id)
  expect(await outcome(revokeKey(actor, key.id))).toBe('conflict')
  expect(await rowsOf(actor)).toMatchObject([{ action: 'key.revoked', targetId: key.id, projectId: null }])
  const operator = anew(cli())
  expect(await outcome(disableUser(operator, 'nobody@example.com'))).toBe('not_found')
  expect(await rowsOf(operator)).toMatchObject([{ action: 'user.disabled', targetId: 'nobody@example.com' }])
})

test('threat 85: when nothing can be written down, nothing is done and nothing is told', async () => {
  const { key } = await makeKey(ada)
  await db().execute(sql`alter table audit_events add constraint nothing check (false) not valid`)
  try {
    expect(await outcome(revokeKey(ada.actor, key.id))).toBe('unavailable')
    expect(await outcome(revokeKey(viewer.actor, key.id))).toBe('unavailable')
  } finally {
    await db().execute(sql`alter table audit_events drop constraint nothing`)
  }
  const [row] = await db().select().from(apiKeys).where(eq(apiKeys.id, key.id))
  expect(row?.revokedAt).toBeNull()
})

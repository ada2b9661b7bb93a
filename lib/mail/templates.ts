import { plainName } from './plain-name'

/** A key as mails call it: never more of it than its hint. */
export interface MailedKey {
  id: string
  label: string
  hint: string
  /** The name of who holds it; null when nobody is named. */
  thirdParty: string | null
  project: { slug: string; name: string }
}

/** Where something was done from, in words such as "Firefox on Windows". */
interface From {
  device: string
  address: string | null
}

/** A change of an app that people have let in. */
interface AppChange {
  app: { id: string; name: string }
  project: { slug: string; name: string }
  by: string
}

/** What each kind of mail needs to be written. Names are text that people chose; paths begin with a slash. */
interface Facts {
  /** The link proves an address at sign-up. */
  verify_email: { token: string }
  /** The link makes the account that was asked for with this address. */
  sign_up: { token: string }
  /** Somebody asked for an account, or for another address of theirs, and an account has this address already. */
  address_known: { asked: 'sign_up' | 'change' }
  /** The same for a new address; sent to it. */
  confirm_address: { token: string }
  /** Sent to the address that the account has. */
  address_change_requested: From & { newEmail: string }
  /** Sent to the old address. */
  address_changed: { newEmail: string }
  reset_password: { token: string; minutes: number }
  password_changed: From & { byReset: boolean }
  invitation: { path: string; project: string; role: string; invitedBy: string; expiresAt: Date }
  new_sign_in: From & { at: Date }
  /** `what` is a sentence, such as "A passkey was added: Phone." */
  second_factor_changed: From & { what: string }
  second_factor_reset: { by: string }
  /** The right password was followed by so many wrong codes. */
  second_step_refused: From & { codes: number }
  key_created: { key: MailedKey; by: string; expiresAt: Date | null }
  /** `oldEndsAt` is null when the old secret ended at once. */
  key_regenerated: { key: MailedKey; by: string; oldEndsAt: Date | null }
  /** By somebody else than whoever answers for them. */
  key_revoked: { keys: readonly MailedKey[]; by: string; reason: string | null }
  /** `days` until then: 14, 3 or 0. */
  key_expiring: { key: MailedKey; expiresAt: Date; days: number }
  /** `allowed` holds one sentence for each scope. */
  app_connected: { app: string; site: string | null; project: string | null; allowed: readonly string[] }
  /** To the owners of the app's project. */
  app_redirects_changed: AppChange & { added: readonly string[]; removed: readonly string[] }
  /** `isNew` is false if only the old secret ended. `oldEndsAt` is null if no old one works any more. */
  app_secret_changed: AppChange & { isNew: boolean; oldEndsAt: Date | null }
  /** To the people that the app is connected to. */
  app_host_added: { app: string; appId: string; hosts: readonly string[] }
  grant_ended_by_reuse: { app: string }
  /** `project` is null for the role of a site admin; the roles are words. */
  role_changed: { project: string | null; oldRole: string; newRole: string; by: string }
  removed_from_project: { project: string; by: string }
  account_deleted: Record<never, never>
  /** `head` as `audit verify --head` takes it; `problem` in its place if the log is not sealed, in sentences. */
  audit_head: { at: Date } & ({ head: string; mac: string; pepperId: string } | { problem: string })
  identity_linked: { provider: string; account: string | null }
}

export type MailKind = keyof Facts

/** One mail's kind with what that kind needs. */
export type Letter = { [Kind in MailKind]: { kind: Kind } & Facts[Kind] }[MailKind]

export interface WrittenMail {
  subject: string
  text: string
  html: string
}

/** Kinds that a person may switch off. All others are about who can get in, and are always sent. */
export const optionalKinds = ['key_created', 'key_regenerated', 'key_revoked', 'key_expiring'] as const
export type OptionalKind = (typeof optionalKinds)[number]

/** Kinds that only those get who asked for them. */
export const requestedKinds = ['audit_head'] as const
export type RequestedKind = (typeof requestedKinds)[number]

/**
 * Kinds of which many can follow each other: more of one kind about one subject within an hour become a digest. Others are
 * about who can get in, or are sent once anyway: they are never held back.
 */
const digestible = ['key_created', 'key_regenerated', 'key_revoked'] as const satisfies readonly MailKind[]
export type DigestibleKind = (typeof digestible)[number]

export const isDigestible = (kind: MailKind): kind is DigestibleKind => digestible.some((each) => each === kind)

export const isOptional = (kind: string): kind is OptionalKind => optionalKinds.some((each) => each === kind)
export const isRequested = (kind: string): kind is RequestedKind => requestedKinds.some((each) => each === kind)

/**
 * Kinds that are sent to an address nobody has proved: those that prove it, and those about getting in. The others carry
 * text that people chose, and whoever signs up with somebody else's address could have it sent there.
 */
const forAnyAddress = new Set<MailKind>([
  'verify_email',
  'sign_up',
  'address_known',
  'confirm_address',
  'address_changed',
  'reset_password',
  'password_changed',
  'invitation',
  'new_sign_in',
  'second_step_refused',
  'account_deleted',
  'identity_linked',
])

export const needsProvedAddress = (kind: MailKind): boolean => !forAnyAddress.has(kind)

/** A paragraph, a list, or the one thing to click. Links lead to this site and nowhere else. */
type Part = string | { list: readonly string[] } | { link: string; path: string }

/**
 * Writes a mail as plain text and as simple HTML that says the same.
 *
 * @param name of whom it is to; empty where an address may not be theirs
 * @param site where this site is, as an origin: every link begins with it
 */
export function writeMail(letter: Letter, name: string, site: string): WrittenMail {
  const { subject, parts } = compose(letter)
  return render(letter.kind, subject, parts, name, site)
}

/** One mail of a digest: when its act was, and what its subject would have been. */
export interface DigestItem {
  at: string
  subject: string
}

/** How many mails a digest lists; the others it only counts. */
export const LISTED_ITEMS = 50

/** What a digest keeps of a mail that it stands for. */
export const digestItem = (letter: Letter, at: Date): DigestItem => ({
  at: at.toISOString(),
  subject: compose(letter).subject,
})

/**
 * Writes one mail for several of a kind about one subject.
 *
 * @param items the first of them, at least one
 * @param count how many there are
 * @param latest the last of them, whose link the digest has
 */
export function writeDigest(
  items: readonly DigestItem[],
  count: number,
  latest: Letter,
  name: string,
  site: string,
): WrittenMail {
  const lines = items.map(({ at, subject }) => `${time(new Date(at))}: ${subject}`)
  if (count > items.length) lines.push(`and ${count - items.length} more`)
  const link = compose(latest).parts.findLast((part) => typeof part === 'object' && 'link' in part)
  return render(
    latest.kind,
    `${count} more: ${items[0]?.subject}`,
    [
      `This happened ${count} more times since the last mail about it. We send at most one such mail an hour.`,
      { list: lines },
      ...(link ? [link] : []),
    ],
    name,
    site,
  )
}

function render(kind: MailKind, subject: string, parts: readonly Part[], name: string, site: string): WrittenMail {
  const all = [...(name ? [`Hello ${name},`] : []), ...parts]
  const host = new URL(site).host
  const chosen = isOptional(kind) || isRequested(kind)
  const why = chosen
    ? `Latchkey at ${host} sent this. You choose which of these mails you get on your account page.`
    : `Latchkey at ${host} sent this.`
  const settings: Part[] = chosen ? [{ link: 'Mail settings', path: '/account#mail' }] : []
  return { subject, text: asText(all, why, settings, site), html: asHtml(subject, all, why, settings, site) }
}

function compose(letter: Letter): { subject: string; parts: Part[] } {
  switch (letter.kind) {
    case 'verify_email':
      return {
        subject: 'Verify your address',
        parts: [
          'An account was created with this address. If you made it, sign in and open this page to say that it is yours:',
          { link: 'Verify address', path: `/verify-email?token=${letter.token}` },
          'The link works once, for 24 hours. If you did not create the account, do not press the button. To make it yours, set a new password for it on the sign-in page.',
        ],
      }
    case 'sign_up':
      return {
        subject: 'Verify your address',
        parts: [
          'Somebody asked for an account with this address. If it was you, open this page to finish and to sign in:',
          { link: 'Verify address', path: `/verify-email?token=${letter.token}` },
          'The link works once, for 24 hours, and only while it is the newest. If you did not ask for an account, do nothing: without this there is none.',
        ],
      }
    case 'address_known':
      return {
        subject: 'You have an account already',
        parts: [
          letter.asked === 'sign_up'
            ? 'Somebody asked for an account with this address. There is one already, so nothing was changed.'
            : 'Somebody wanted to use this address for another account. You have an account with it, so nothing was changed.',
          'If it was you, sign in to the account that you have. If you do not know its password, set a new one.',
          { link: 'Sign in', path: '/sign-in' },
          { link: 'Set a new password', path: '/forgot-password' },
          'If it was not you, there is nothing to do.',
        ],
      }
    case 'confirm_address':
      return {
        subject: 'Confirm your new address',
        parts: [
          'Somebody wants to use this address for their account. If it is you, open this page and press the button:',
          { link: 'Confirm address', path: `/verify-email?token=${letter.token}` },
          'The link works once, for 24 hours. If it is not you, do nothing: without this the address is not used.',
        ],
      }
    case 'address_change_requested':
      return {
        subject: 'Somebody asked to change your address',
        parts: [
          `Somebody asked, from ${place(letter)}, that your account use ${letter.newEmail}. It will once the link that we sent there is opened.`,
          'If it was you, there is nothing to do here. If not, somebody is in your account: change your password. That makes the link dead and signs everybody else out.',
          { link: 'Look at your account', path: '/account' },
        ],
      }
    case 'address_changed':
      return {
        subject: 'Your address was changed',
        parts: [
          `Your account now uses ${letter.newEmail}. Mail no longer comes to this address, and you sign in with the new one.`,
          'If this was not you, somebody has got into your account: tell an admin of this site at once.',
        ],
      }
    case 'reset_password':
      return {
        subject: 'Set a new password',
        parts: [
          'Somebody asked to set a new password for your account. If it was you, do it here:',
          { link: 'Set a new password', path: `/reset-password?token=${letter.token}` },
          `The link works once, for ${letter.minutes} minutes, and signs you out everywhere else. If it was not you, do nothing: your password stays as it is.`,
        ],
      }
    case 'password_changed':
      return {
        subject: 'Your password was changed',
        parts: [
          `Your password was ${letter.byReset ? 'set anew by a link from a mail' : 'changed'}, from ${place(letter)}. All other sessions were signed out.`,
          ...notYou('/forgot-password', 'Set a new password'),
        ],
      }
    case 'invitation':
      return {
        subject: `Invitation to ${plainName(letter.project)}`,
        parts: [
          `${plainName(letter.invitedBy)} invites you to the project ${plainName(letter.project)} as ${letter.role}.`,
          { link: 'Look at the invitation', path: letter.path },
          `It is for this address only, and until ${day(letter.expiresAt)}. If you do not know them, do nothing.`,
        ],
      }
    case 'new_sign_in':
      return {
        subject: 'New sign-in to your account',
        parts: [
          `Your account was signed in to from a device that it was not used on before: ${place(letter)}, ${time(letter.at)}.`,
          ...notYou('/account', 'See where you are signed in'),
        ],
      }
    case 'second_factor_changed':
      return {
        subject: 'How you sign in was changed',
        parts: [letter.what, `It was done from ${place(letter)}.`, ...notYou('/account', 'Look at your account')],
      }
    case 'second_factor_reset':
      return {
        subject: 'Two-step sign-in was switched off',
        parts: [
          `${plainName(letter.by)} removed your passkeys, your authenticator app and your recovery codes, as for somebody who has lost them. You were signed out everywhere, and sign in with your password alone.`,
          'Set up a second step again. If you did not ask for this, tell another admin of this site, and change your password.',
          { link: 'Open your account', path: '/account#second-step' },
        ],
      }
    case 'second_step_refused':
      return {
        subject: 'Somebody may have your password',
        parts: [
          `Your password was entered, and then ${letter.codes} wrong codes, from ${place(letter)}. Nobody was let in.`,
          'If this was you, there is nothing to do. If not, somebody else has your password: set a new one.',
          { link: 'Set a new password', path: '/forgot-password' },
        ],
      }
    case 'key_created':
      return {
        subject: `Key created: ${letter.key.label}`,
        parts: [
          `${plainName(letter.by)} created a key that you answer for.`,
          keyList(letter.key, letter.expiresAt && `Expires ${time(letter.expiresAt)}`),
          keyLink(letter.key),
        ],
      }
    case 'key_regenerated':
      return {
        subject: `Key regenerated: ${letter.key.label}`,
        parts: [
          `${plainName(letter.by)} gave a key that you answer for a new secret.`,
          keyList(
            letter.key,
            letter.oldEndsAt ? `The old secret works until ${time(letter.oldEndsAt)}` : 'The old secret has ended',
          ),
          keyLink(letter.key),
        ],
      }
    case 'key_revoked':
      return revoked(letter)
    case 'key_expiring':
      return expiring(letter)
    case 'app_connected':
      return {
        subject: `${plainName(letter.app)} was connected`,
        parts: [
          `You gave ${plainName(letter.app)}${letter.site ? ` (${letter.site})` : ''} access${letter.project ? ` to the project ${plainName(letter.project)}` : ''}. It may:`,
          { list: letter.allowed },
          'If this was not you, or you no longer want it, remove the access:',
          { link: 'Look at your connections', path: '/connections' },
        ],
      }
    case 'app_redirects_changed':
    case 'app_secret_changed':
      return appChanged(letter)
    case 'app_host_added':
      return {
        subject: `${plainName(letter.app)} has a new address`,
        parts: [
          `${plainName(letter.app)}, which you gave access, can now also send you to:`,
          { list: letter.hosts },
          'It must ask you before it does. Allow that only if you trust the address. If you no longer want the app, remove its access:',
          { link: 'Look at the connection', path: `/connections/app-${encodeURIComponent(letter.appId)}` },
        ],
      }
    case 'grant_ended_by_reuse':
      return {
        subject: `${plainName(letter.app)} was signed out for safety`,
        parts: [
          `A code or token of ${plainName(letter.app)} was used twice. That happens when it was copied, so everything that came of it was ended.`,
          'To go on using the app, connect it again. If it happens once more, tell the makers of the app.',
          { link: 'Look at your connections', path: '/connections' },
        ],
      }
    case 'role_changed':
      return {
        subject: letter.project ? `Your role in ${plainName(letter.project)} was changed` : 'Your role was changed',
        parts: [
          letter.project
            ? `${plainName(letter.by)} changed your role in the project ${plainName(letter.project)} from ${letter.oldRole} to ${letter.newRole}.`
            : `${plainName(letter.by)} changed your role on this site from ${letter.oldRole} to ${letter.newRole}.`,
          { link: 'Open Latchkey', path: '/' },
        ],
      }
    case 'removed_from_project':
      return {
        subject: `You are no longer in ${plainName(letter.project)}`,
        parts: [
          `${plainName(letter.by)} removed you from the project ${plainName(letter.project)}. Keys there that you answered for have a new person or no longer work.`,
        ],
      }
    case 'account_deleted':
      return {
        subject: 'Your account was deleted',
        parts: [
          'Your account was deleted. Its sessions, keys and connections have ended.',
          'If this was not you, tell an admin of this site at once.',
        ],
      }
    case 'audit_head':
      return auditHead(letter)
    case 'identity_linked':
      return {
        subject: `${letter.provider} can now sign you in`,
        parts: [
          `Your account was linked to ${letter.account ?? 'an account'} at ${letter.provider}, which can sign you in from now on.`,
          ...notYou('/account', 'Look at your account'),
        ],
      }
  }
}

function auditHead(letter: Facts['audit_head']): { subject: string; parts: Part[] } {
  const open: Part = { link: 'Open the audit log', path: '/admin/audit' }
  if ('problem' in letter) {
    return { subject: 'The audit log needs attention', parts: [`${time(letter.at)}: ${letter.problem}`, open] }
  }
  const { head, mac, pepperId, at } = letter
  return {
    subject: `End of the audit log: event ${head.split(':')[0]}`,
    parts: [
      `This is where the audit log ended on ${time(at)}. Keep this mail where nobody can change it.`,
      { list: [`Head: ${head}`, `Signature: ${mac} (pepper ${pepperId})`] },
      `To check later that the log still contains everything up to here, run: latchkey audit verify --head ${head}`,
      open,
    ],
  }
}

function appChanged(letter: Extract<Letter, AppChange>): { subject: string; parts: Part[] } {
  const { app, project, by } = letter
  const rest: Part[] = [
    'If this was not intended, somebody else may control the app: change it back, and rotate its secret.',
    {
      link: 'Open the app',
      path: `/projects/${encodeURIComponent(project.slug)}/apps/${encodeURIComponent(app.id)}`,
    },
  ]
  if (letter.kind === 'app_redirects_changed') {
    const uris = [...letter.added.map((uri) => `Added: ${uri}`), ...letter.removed.map((uri) => `Removed: ${uri}`)]
    return {
      subject: `Redirect URIs changed: ${app.name}`,
      parts: [
        `${plainName(by)} changed where ${app.name} sends the people that it is connected to.`,
        { list: [`Project: ${project.name}`, ...uris] },
        ...rest,
      ],
    }
  }
  const { isNew, oldEndsAt } = letter
  return {
    subject: `Client secret changed: ${app.name}`,
    parts: [
      `${plainName(by)} ${isNew ? 'rotated the client secret' : 'ended the old client secret'} of ${app.name}.`,
      {
        list: [
          `Project: ${project.name}`,
          oldEndsAt ? `The old secret expires ${time(oldEndsAt)}` : 'The old secret no longer works',
        ],
      },
      ...rest,
    ],
  }
}

function revoked({ keys, by, reason }: Facts['key_revoked']): { subject: string; parts: Part[] } {
  const [first] = keys
  const one = keys.length === 1 && first
  const listed = keys.slice(0, 20).map(nameKey)
  if (keys.length > listed.length) listed.push(`and ${keys.length - listed.length} more`)
  return {
    subject: one ? `Key revoked: ${one.label}` : `${keys.length} keys revoked`,
    parts: [
      `${plainName(by)} revoked ${one ? 'a key' : `${keys.length} keys`} that you answer for. Whoever uses ${one ? 'it' : 'them'} is refused from now on.`,
      { list: listed },
      ...(reason ? [`Reason: ${reason}`] : []),
      ...(one ? [keyLink(one)] : [{ link: 'Open Latchkey', path: '/' }]),
    ],
  }
}

function expiring({ key, expiresAt, days }: Facts['key_expiring']): { subject: string; parts: Part[] } {
  const when = days === 0 ? 'within a day' : `within ${days} days`
  return {
    subject: `Key expires ${when}: ${key.label}`,
    parts: [
      `A key that you answer for expires ${when}. ${key.thirdParty ?? 'Whoever holds it'} is refused from then on. If it is still needed, create another key in good time.`,
      keyList(key, `Expires ${time(expiresAt)}`),
      keyLink(key),
    ],
  }
}

const nameKey = ({ label, hint, thirdParty, project }: MailedKey) =>
  [label, hint, thirdParty && `held by ${thirdParty}`, project.name].filter(Boolean).join(', ')

const keyList = (key: MailedKey, more: string | null): Part => ({
  list: [
    `Label: ${key.label}`,
    `Key: ${key.hint}`,
    ...(key.thirdParty ? [`Third party: ${key.thirdParty}`] : []),
    `Project: ${key.project.name}`,
    ...(more ? [more] : []),
  ],
})

const keyLink = ({ id, project }: MailedKey): Part => ({
  link: 'Open the key',
  path: `/projects/${encodeURIComponent(project.slug)}/keys/${encodeURIComponent(id)}`,
})

const notYou = (path: string, link: string): Part[] => [
  'If this was you, there is nothing to do. If not, somebody else may have your password: change it at once.',
  { link, path },
]

const place = ({ device, address }: From) => (address ? `${device} at ${address}` : device)

const day = (date: Date) =>
  date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const time = (date: Date) => `${day(date)}, ${date.toISOString().slice(11, 16)} UTC`

function asText(parts: Part[], why: string, settings: Part[], site: string): string {
  const written = (part: Part) => {
    if (typeof part === 'string') return part
    if ('list' in part) return part.list.map((line) => `- ${line}`).join('\n')
    return `${part.link}: ${site}${part.path}`
  }
  return `${[...parts, '-- ', why, ...settings].map(written).join('\n\n').replace('-- \n\n', '-- \n')}\n`
}

function asHtml(subject: string, parts: Part[], why: string, settings: Part[], site: string): string {
  const written = (part: Part) => {
    if (typeof part === 'string') return `<p>${inHtml(part)}</p>`
    if ('list' in part) return `<ul>${part.list.map((line) => `<li>${inHtml(line)}</li>`).join('')}</ul>`
    return `<p><a href="${inHtml(site + part.path)}">${inHtml(part.link)}</a></p>`
  }
  const foot = [why, ...settings].map(written).join('\n')
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${inHtml(subject)}</title></head>`,
    '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 35em; margin: 1em auto; padding: 0 1em">',
    ...parts.map(written),
    `<hr>\n<div style="font-size: 13px">${foot}</div>`,
    '</body></html>',
    '',
  ].join('\n')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const inHtml = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

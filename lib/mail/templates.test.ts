import { describe, expect, test } from 'vitest'
import { type Letter, type MailedKey, optionalKinds, requestedKinds, writeMail } from './templates'

const site = 'https://keys.example.com'
const evil = `<img src=x onerror=alert(1)> "'& https://evil.example`

const key: MailedKey = {
  id: 'k1',
  label: evil,
  hint: 'lk_7Gh2kQpX9sLm_…',
  thirdParty: evil,
  project: { slug: 'shop-1', name: evil },
}
const from = { device: evil, address: '203.0.113.7' }
const at = new Date('2026-11-22T14:20:31Z')

const appChange = { app: { id: 'a1', name: evil }, project: { slug: 'shop-1', name: evil }, by: evil }

/** One of each, with names as somebody might choose them who means harm. */
const letters: Letter[] = [
  { kind: 'verify_email', token: 't1' },
  { kind: 'confirm_address', token: 't1' },
  { kind: 'address_change_requested', newEmail: 'new@example.com', ...from },
  { kind: 'address_changed', newEmail: 'new@example.com' },
  { kind: 'reset_password', token: 't1', minutes: 30 },
  { kind: 'password_changed', byReset: true, ...from },
  { kind: 'invitation', path: '/invitations/t1', project: evil, role: 'Developer', invitedBy: evil, expiresAt: at },
  { kind: 'new_sign_in', at, ...from },
  { kind: 'second_factor_changed', what: `A passkey was added: ${evil}.`, ...from },
  { kind: 'second_factor_reset', by: evil },
  { kind: 'second_step_refused', codes: 5, ...from },
  { kind: 'key_created', key, by: evil, expiresAt: at },
  { kind: 'key_regenerated', key, by: evil, oldEndsAt: null },
  { kind: 'key_revoked', keys: [key], by: evil, reason: evil },
  { kind: 'key_revoked', keys: Array.from({ length: 25 }, () => key), by: evil, reason: null },
  { kind: 'key_expiring', key, expiresAt: at, days: 0 },
  { kind: 'app_connected', app: evil, site: evil, project: evil, allowed: [evil] },
  { kind: 'app_redirects_changed', ...appChange, added: [evil], removed: [evil] },
  { kind: 'app_secret_changed', ...appChange, isNew: true, oldEndsAt: at },
  { kind: 'app_secret_changed', ...appChange, isNew: false, oldEndsAt: null },
  { kind: 'app_host_added', app: evil, appId: 'a1', hosts: [evil] },
  { kind: 'grant_ended_by_reuse', app: evil },
  { kind: 'role_changed', project: evil, oldRole: 'Viewer', newRole: 'Owner', by: evil },
  { kind: 'removed_from_project', project: evil, by: evil },
  { kind: 'account_deleted' },
  { kind: 'audit_head', at: new Date(), head: '177:hash', mac: 'mac', pepperId: '1' },
  { kind: 'audit_head', at: new Date(), problem: evil },
  { kind: 'identity_linked', provider: 'GitHub', account: evil },
]

describe.each(letters.map((letter) => [letter.kind, letter] as const))('%s', (_kind, letter) => {
  const mail = writeMail(letter, evil, site)

  test('threat 46: what people wrote is text', () => {
    const tags = new Set([...mail.html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag))
    const ours = ['html', 'head', 'meta', 'title', 'body', 'p', 'a', 'ul', 'li', 'hr', 'div']
    expect([...tags].filter((tag) => !ours.includes(String(tag)))).toEqual([])
    expect(mail.html).not.toContain('<img')
    expect(mail.subject).not.toMatch(/[\r\n]/)
  })

  test('threat 54: every link leads to this site', () => {
    const links = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href]) => new URL(String(href)))
    expect(links.every(({ origin }) => origin === site)).toBe(true)
  })

  test('the text says the same as the HTML, and where it comes from', () => {
    expect(mail.text).toContain('keys.example.com sent this.')
    for (const [, href] of mail.html.matchAll(/href="([^"]*)"/g)) expect(mail.text).toContain(href)
    expect(mail.text).not.toContain('undefined')
  })
})

test('mail that can be switched off says where', () => {
  for (const letter of letters) {
    const { text } = writeMail(letter, 'Ada', site)
    const optional = [...optionalKinds, ...requestedKinds].some((kind) => kind === letter.kind)
    expect(text.includes(`${site}/account#mail`)).toBe(optional)
  }
})

test('times are exact, in UTC', () => {
  expect(writeMail({ kind: 'new_sign_in', at, ...from }, 'Ada', site).text).toContain('22 Nov 2026, 14:20 UTC')
})

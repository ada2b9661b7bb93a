import { describe, expect, test } from 'vitest'
import { plainName } from './plain-name'
import { type Letter, writeMail } from './templates'

const links = [
  'https://evil.example/login',
  'Your account is locked. Go to evil.example now',
  'www.evil.example',
  'mail help@evil.example',
  'evil。example',
  'evil．example',
  'ｅｖｉｌ．ｅｘａｍｐｌｅ',
  'evil․example',
  'http:\\\\evil.example\\x',
  '<a href=//evil.example>x</a>',
  'javascript:alert(1)',
  'tel:+491234567',
  'e\u200bvil.example',
]

describe('a name that strangers chose', () => {
  test.each(links)('holds no link: %s', (name) => {
    expect(plainName(name)).not.toMatch(/[^\s.]\.[^\s.]|\w:\S|\/\/|@\S/u)
    expect(plainName(name)).not.toContain('evil.example')
  })

  test.each([
    ['Ada Lovelace’s project', 'Ada Lovelace’s project'],
    ['Node.js app', 'Node js app'],
    ['J. R. Tolkien & Sons, Ltd.', 'J. R. Tolkien & Sons, Ltd.'],
    ['東京 📦', '東京 📦'],
    ['one\ntwo\u2028three', 'one two three'],
  ])('stays readable: %s', (name, plain) => expect(plainName(name)).toBe(plain))

  test('is at most 60 characters long, and takes time in proportion to its length', () => {
    expect([...plainName('📦'.repeat(100))]).toHaveLength(60)
    expect(plainName('x'.repeat(60))).toBe('x'.repeat(60))
    for (const fill of ['.', ' ', '\t', 'a.', '@/', '́']) {
      const began = performance.now()
      plainName(fill.repeat(64_000))
      expect(performance.now() - began).toBeLessThan(200)
    }
  })
})

const bad = 'Pay at https://evil.example or www.evil.example'
const letters: Letter[] = [
  { kind: 'invitation', path: '/invitations/x', project: bad, role: 'owner', invitedBy: bad, expiresAt: new Date() },
  { kind: 'role_changed', project: bad, oldRole: 'viewer', newRole: 'owner', by: bad },
  { kind: 'removed_from_project', project: bad, by: bad },
  { kind: 'app_connected', app: bad, site: null, project: bad, allowed: [] },
  { kind: 'grant_ended_by_reuse', app: bad },
  { kind: 'second_factor_reset', by: bad },
]

test.each(letters)('threat 46: the mail $kind shows names as plain text', (letter) => {
  const { subject, text, html } = writeMail(letter, '', 'https://portal.example')
  for (const part of [subject, text, html]) {
    expect(part).not.toContain('evil.example')
    for (const link of part.match(/https?:[^\s"<]+/g) ?? []) expect(link).toMatch(/^https:\/\/portal\.example/)
  }
})

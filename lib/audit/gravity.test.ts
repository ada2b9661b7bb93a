import { expect, test } from 'vitest'
import type { AuditAction } from './actions'
import { type Act, gravity, isGrave } from './gravity'

test('every act is judged, and one that is not grave says why', () => {
  for (const verdict of Object.values(gravity)) {
    if (typeof verdict === 'object') expect(verdict.not).toMatch(/\w{3,}/)
  }
})

test.each<[grave: boolean, action: AuditAction, act: Omit<Act, 'action'>]>([
  [true, 'invitation.sent', {}],
  [false, 'invitation.sent', { result: 'refused' }],
  [true, 'site.exported', {}],
  [true, 'project.exported', {}],
  [true, 'app.secret_rotated', {}],
  [true, 'key.taken_over', {}],
  [true, 'key.created', { changes: { scopes: [null, ['orders:read', 'keys:write']] } }],
  [false, 'key.created', { changes: { scopes: [null, ['keys:read']] } }],
  [true, 'key.updated', { changes: { allowedAddresses: [['10.0.0.0/8'], []] } }],
  [true, 'key.updated', { changes: { allowedAddresses: [['10.0.0.0/8'], ['10.0.0.0/7']] } }],
  [false, 'key.updated', { changes: { allowedAddresses: [['10.0.0.0/8'], ['10.1.0.0/16', '10.2.3.4']] } }],
  [false, 'key.updated', { changes: { allowedAddresses: [[], ['10.0.0.0/8']] } }],
  [true, 'key.updated', { changes: { rateLimitPerMinute: [50, null] } }],
  [true, 'key.updated', { changes: { rateLimitPerMinute: [50, 51] } }],
  [false, 'key.updated', { changes: { rateLimitPerMinute: [null, 50] } }],
  [true, 'key.updated', { changes: { expiresAt: ['2030-01-01T00:00:00Z', null] } }],
  [false, 'key.updated', { changes: { expiresAt: [null, '2030-01-01T00:00:00Z'] } }],
  [true, 'key.revoked', { circumstances: { asAdmin: true } }],
  [false, 'key.revoked', {}],
  [true, 'grant.given', { circumstances: { scopes: ['apps:write'] } }],
  [true, 'grant.widened', { changes: { scopes: [['keys:read'], ['keys:read', 'keys:write']] } }],
  [false, 'grant.widened', { changes: { scopes: [['keys:write'], ['keys:write', 'keys:read']] } }],
  [true, 'app.updated', { changes: { redirectUris: [['https://a.example'], ['https://b.example']] } }],
  [true, 'app.updated', { circumstances: { asAdmin: true } }],
  [false, 'app.updated', { changes: { name: ['A', 'B'] } }],
  [false, 'app.unverified', { changes: { verified: [true, false] } }],
])('grave: %s, for %s %o', (grave, action, act) => {
  expect(isGrave({ action, ...act })).toBe(grave)
})

import { expect, test } from 'vitest'
import type { App } from '@/lib/apps/app'
import { snippetOf } from './app-snippet'
import { durationWords } from './app-words'

const app = {
  id: 'abc',
  isPublic: false,
  redirectUris: ['https://a.example/cb'],
  grantTypes: ['authorization_code'],
  scopes: ['openid', 'orders:read'],
} as unknown as App

test('a web app asks people with its secret, a public one without', () => {
  const secret = snippetOf(app, 'https://keys.example').code
  expect(secret).toContain("  'abc',\n  process.env.LATCHKEY_CLIENT_SECRET,\n)")
  expect(secret).toContain("redirect_uri: 'https://a.example/cb'")
  expect(secret).not.toContain('allowInsecureRequests')
  const open = snippetOf({ ...app, isPublic: true }, 'http://localhost:3000').code
  expect(open).toContain('  undefined,\n  client.None(),\n  { execute: [client.allowInsecureRequests] },\n)')
})

test('a machine needs no more than curl', () => {
  const { code } = snippetOf({ ...app, grantTypes: ['client_credentials'] }, 'https://keys.example')
  expect(code).toBe(
    [
      'curl https://keys.example/oauth/token',
      '-u "abc:$LATCHKEY_CLIENT_SECRET"',
      '--data-urlencode "grant_type=client_credentials"',
      '--data-urlencode "scope=openid orders:read"',
    ].join(' \\\n  '),
  )
})

test.each([
  [60, '1 minute'],
  [90, '90 seconds'],
  [3_600, '1 hour'],
  [5_400, '90 minutes'],
  [2_592_000, '30 days'],
])('%d seconds are %s', (seconds, words) => {
  expect(durationWords(seconds)).toBe(words)
})

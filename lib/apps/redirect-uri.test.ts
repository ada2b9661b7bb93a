import { expect, test } from 'vitest'
import { redirectUriProblem } from './redirect-uri'

test.each([
  'https://app.example.com/callback',
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com:8443/callback?tenant=1&next=%2Fhome',
  'https://xn--bcher-kva.example/cb',
  'https://192.0.2.1/cb',
  'https://intranet/cb',
  'https://localhost:3000/cb',
  'http://localhost:3000/cb',
  'http://localhost/cb',
  'http://127.0.0.1:8080/cb',
  'http://[::1]:8080/cb',
  'https://app.example.com/a..b/c.d',
])('a web app may register %s', (uri) => {
  expect(redirectUriProblem(uri, 'web')).toBeNull()
})

test.each([
  'com.example.app:/callback',
  'com.example.app://callback',
  'com.example.my-app:/cb?x=1',
  'com.example.app:callback',
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
  'http://localhost:49152/callback',
  'https://app.example.com/callback',
])('a native app may register %s', (uri) => {
  expect(redirectUriProblem(uri, 'native')).toBeNull()
})

const neverAllowed: [uri: string, said: string][] = [
  ['javascript:alert(1)', ''],
  ['javascript://app.example.com/%0aalert(1)', ''],
  ['JavaScript:alert(1)', ''],
  ['java.script', 'full address'],
  ['data:text/html,x', ''],
  ['file:///etc/passwd', ''],
  ['vbscript:x', ''],
  ['blob:https://app.example.com/1', ''],
  ['about:blank', ''],
  ['ftp://app.example.com/cb', ''],
  ['http://app.example.com/cb', 'not https'],
  ['http://localhost.example.com/cb', 'not https'],
  ['http://127.0.0.1.example.com/cb', 'not https'],
  ['http://127.0.0.2/cb', 'not https'],
  ['http://0.0.0.0/cb', 'not https'],
  ['http://127.1/cb', 'how browsers write it'],
  ['http://2130706433/cb', 'how browsers write it'],
  ['http://0x7f.1/cb', 'how browsers write it'],
  ['http://[0:0:0:0:0:0:0:1]/cb', 'how browsers write it'],
  ['http://localhost./cb', 'not https'],
  ['https://app.example.com./cb', 'ends with a dot'],
  ['https://user@app.example.com/cb', 'user name'],
  ['https://user:pass@app.example.com/cb', 'user name'],
  ['https://@app.example.com/cb', 'user name'],
  ['https://localhost@app.example.com/cb', 'user name'],
  ['https://app.example.com/cb#', 'fragment'],
  ['https://app.example.com/cb#x', 'fragment'],
  ['https://*.example.com/cb', 'wildcard'],
  ['https://app.example.com/*', 'wildcard'],
  ['https://app.example.com/a/../cb', '..'],
  ['https://app.example.com/a/%2e%2E/cb', '..'],
  ['https://app.example.com/./cb', '..'],
  ['https://App.example.com/cb', 'Use https://app.example.com/cb'],
  ['HTTPS://app.example.com/cb', 'Use https://app.example.com/cb'],
  ['https://app.example.com:443/cb', 'Use https://app.example.com/cb'],
  ['http://localhost:80/cb', 'Use http://localhost/cb'],
  ['https://app%2eexample.com/cb', 'Use https://app.example.com/cb'],
  ['https:app.example.com/cb', 'Use https://app.example.com/cb'],
  ['https:///app.example.com/cb', 'Use https://app.example.com/cb'],
  ['https://app.example.com?x=1', 'Use https://app.example.com/?x=1'],
  ['https://app.example.com\\@evil.example/cb', 'percent-encoded'],
  ['https://app.example.com/%zz', 'percent-encoded'],
  ['https://app.example.com/<b>', 'percent-encoded'],
  ['https://app.example.com/a b', 'a space'],
  [' https://app.example.com/cb', 'a space'],
  ['https://app.example.com/cb\n', 'control'],
  ['https://app.example.com/\u0000', 'control'],
  ['https://b\u00fccher.example/cb', 'outside ASCII'],
  ['https://app.example.com\u3002evil/cb', 'outside ASCII'],
  ['//app.example.com/cb', 'full address'],
  ['/cb', 'full address'],
  ['https://', 'full address'],
  ['https://app.example.com:99999/cb', 'full address'],
  [`https://app.example.com/${'x'.repeat(2000)}`, '2,000'],
]

test.each(neverAllowed)('threats 47, 70: nobody may register %j', (uri, said) => {
  expect(redirectUriProblem(uri, 'web')).toContain(said)
  expect(redirectUriProblem(uri, 'native')).toContain(said)
})

test.each([
  ['com.example.app:/callback', 'web', 'not https'],
  ['myapp:/callback', 'native', 'with a dot'],
  ['myapp://callback', 'native', 'with a dot'],
  ['.app:/callback', 'native', 'full address'],
  ['com..app:/callback', 'native', 'with a dot'],
  ['com.example.App:/callback', 'native', 'Use com.example.app:/callback'],
  ['com.example.app:', 'native', 'nothing after'],
  ['com.example.app:/../callback', 'native', '..'],
  ['com.example.app:a/%2e%2e/callback', 'native', '..'],
  ['com.example.app://user@host/cb', 'native', 'user name'],
  ['https://localhost/cb', 'native', 'Use http'],
  ['https://127.0.0.1/cb', 'native', 'Use http'],
] as const)('%s of a %s app is refused', (uri, kind, said) => {
  expect(redirectUriProblem(uri, kind)).toContain(said)
})

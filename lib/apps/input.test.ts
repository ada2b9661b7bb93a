import { describe, expect, test } from 'vitest'
import {
  type AppSettings,
  DEVICE_CODE,
  grantTypes,
  type Lifetime,
  lifetimeProblems,
  registerAppSchema,
  rotateSecretSchema,
  settingsProblems,
  updateAppSchema,
} from './input'

const fits: AppSettings = {
  kind: 'web',
  isPublic: false,
  isFirstParty: false,
  redirectUris: ['https://app.example.com/cb'],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'orders:read'],
}
const machine: Partial<AppSettings> = {
  kind: 'machine',
  redirectUris: [],
  grantTypes: ['client_credentials'],
  scopes: ['credentials:verify'],
}

describe('settings', () => {
  test.each<[what: string, settings: Partial<AppSettings>]>([
    ['a web app', {}],
    ['one that runs in a browser', { isPublic: true }],
    ['a native app', { kind: 'native', isPublic: true, redirectUris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] }],
    ['a machine', machine],
    ['a device, which nobody is sent back to', { redirectUris: [], grantTypes: [DEVICE_CODE, 'refresh_token'] }],
    ['a web app that also acts for itself', { grantTypes: ['authorization_code', 'client_credentials'] }],
    ['the own app of the site', { isFirstParty: true, redirectUris: [], grantTypes: ['password', 'refresh_token'] }],
  ])('%s fits', (_, settings) => {
    expect(settingsProblems({ ...fits, ...settings })).toBeNull()
  })

  test.each<[what: string, settings: Partial<AppSettings>, field: string]>([
    ['no redirect URI', { redirectUris: [] }, 'redirectUris'],
    ['a script', { redirectUris: ['https://app.example.com/cb', 'javascript:alert(1)'] }, 'redirectUris'],
    ['a scheme of its own on the web', { redirectUris: ['com.example.app:/cb'] }, 'redirectUris'],
    ['no grant type', { grantTypes: [] }, 'grantTypes'],
    ['refreshing what nobody gave', { grantTypes: ['refresh_token', 'client_credentials'] }, 'grantTypes'],
    ['acting for itself without a secret', { isPublic: true, grantTypes: ['client_credentials'] }, 'grantTypes'],
    ['passwords', { grantTypes: ['authorization_code', 'password'] }, 'grantTypes'],
    ['power over all credentials, by consent', { scopes: ['credentials:verify'] }, 'scopes'],
    ['a machine with people', { ...machine, grantTypes: ['client_credentials', 'authorization_code'] }, 'grantTypes'],
    ['a machine with a redirect URI', { ...machine, redirectUris: fits.redirectUris }, 'redirectUris'],
    ['a machine without a secret', { ...machine, isPublic: true }, 'isPublic'],
    ['a machine that wants to know who it is', { ...machine, scopes: ['openid'] }, 'scopes'],
  ])('%s: refused', (_, settings, field) => {
    expect(Object.keys(settingsProblems({ ...fits, ...settings }) ?? {})).toEqual([field])
  })

  test('each redirect URI that is wrong is named', () => {
    const redirectUris = ['https://app.example.com/cb', 'javascript:alert(1)', 'https://*.example.com/\u202e']
    expect(settingsProblems({ ...fits, redirectUris })).toEqual({
      redirectUris: [
        '"javascript:alert(1)" is not https.',
        expect.stringMatching(/^"https:\/\/\*\.example\.com\/\uFFFD" has a space/),
      ],
    })
  })
})

describe('registering', () => {
  const register = (fields: object) => registerAppSchema.safeParse({ name: 'Zapier', ...fields })

  test('a name is enough for the form of it', () => {
    expect(register({ name: ' Zapier ' }).data).toEqual({
      name: 'Zapier',
      kind: 'web',
      isPublic: false,
      redirectUris: [],
      accessTtl: 3_600,
      refreshTtl: 2_592_000,
      machineTtl: 3_600,
    })
  })

  test('redirect URIs stay as they were written, each once', () => {
    const redirectUris = ['https://A.example', 'https://A.example', ' https://b.example']
    expect(register({ redirectUris }).data?.redirectUris).toEqual(['https://A.example', ' https://b.example'])
  })

  test('scopes and grant types stand in the order of their catalogues', () => {
    const input = {
      scopes: ['orders:read', 'openid', 'orders:read'],
      grantTypes: ['refresh_token', 'authorization_code'],
    }
    expect(register(input).data).toMatchObject({
      scopes: ['openid', 'orders:read'],
      grantTypes: ['authorization_code', 'refresh_token'],
    })
  })

  test.each([
    ['name', ''],
    ['name', 'x'.repeat(101)],
    ['name', 'Goo\u200bgle'],
    ['homepage', 'javascript:alert(1)'],
    ['homepage', 'http://example.com'],
    ['homepage', 'data:text/html,x'],
    ['redirectUris', Array.from({ length: 21 }, (_, i) => `https://app.example.com/${i}`)],
    ['redirectUris', ['']],
    ['redirectUris', 'https://app.example.com'],
    ['grantTypes', ['implicit']],
    ['grantTypes', ['__proto__']],
    ['scopes', ['orders:delete']],
    ['kind', 'spa'],
    ['accessTtl', 59],
    ['accessTtl', 86_401],
    ['refreshTtl', 31_536_001],
    ['machineTtl', 1.5],
    ['machineTtl', Number.NaN],
    ['verified', true],
    ['firstParty', true],
    ['id', 'x'],
  ])('threat 47: %s %j is refused', (field, value) => {
    const [issue] = register({ [field]: value }).error?.issues ?? []
    expect(issue?.path[0] ?? (issue as { keys?: string[] }).keys?.[0]).toBe(field)
  })

  test('a homepage on the own device may be http', () => {
    expect(register({ homepage: 'http://localhost:3000' }).data?.homepage).toBe('http://localhost:3000/')
  })
})

test('a change leaves out what it does not name, and cannot turn an app into another kind', () => {
  expect(updateAppSchema.parse({})).toEqual({})
  for (const fixed of [{ kind: 'web' }, { isPublic: true }]) {
    expect(updateAppSchema.safeParse(fixed).success).toBe(false)
  }
})

test.each([-1, 604_801, 1.5, '60', null])('an overlap of %s is refused', (overlapSeconds) => {
  expect(rotateSecretSchema.safeParse({ overlapSeconds }).success).toBe(false)
})

describe('lifetimes of tokens that the app cannot get', () => {
  test.each<[string, Lifetime[], string[], string[]]>([
    ['access tokens of a machine', ['accessTtl'], ['client_credentials'], ['accessTtl']],
    ['refresh tokens of a machine', ['refreshTtl', 'machineTtl'], ['client_credentials'], ['refreshTtl']],
    ['own tokens of an app without them', ['machineTtl'], ['authorization_code'], ['machineTtl']],
    ['refresh tokens of an app without them', ['accessTtl', 'refreshTtl'], ['authorization_code'], ['refreshTtl']],
    ['all three, where all take effect', ['accessTtl', 'refreshTtl', 'machineTtl'], [...grantTypes], []],
    ['a device', ['accessTtl'], [DEVICE_CODE], []],
    ['a password', ['accessTtl'], ['password'], []],
    ['none that was set', [], ['client_credentials'], []],
  ])('%s', (_, set, types, fields) => {
    expect(Object.keys(lifetimeProblems(set, types) ?? {})).toEqual(fields)
  })
})

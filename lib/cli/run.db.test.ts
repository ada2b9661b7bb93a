import { beforeAll, expect, test } from 'vitest'
import { makePerson, outcome, type Person } from '@/db/testing'
import { parseRequest } from './request'
import { runCommand } from './run'

let ada: Person

beforeAll(async () => {
  ada = await makePerson()
})

const apps = (verb: string, options: object) =>
  runCommand(parseRequest({ noun: 'apps', verb, options })) as Promise<Record<string, unknown>>
const register = (options: object) => apps('register', { project: ada.user.project.slug, name: 'Ledger', ...options })

test('an app that people use is registered with what such an app usually needs', async () => {
  const made = await register({ redirectUri: ['https://ledger.example/cb'] })
  expect(made).toMatchObject({
    clientId: expect.stringMatching(/^[0-9A-Za-z]+$/),
    clientSecret: expect.stringMatching(/^lks_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/),
    kind: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    accessTtl: 3600,
    responsible: { name: 'Ada' },
  })
})

test('a public native app has no secret', async () => {
  const made = await register({ redirectUri: ['com.example.ledger:/cb'], native: true, public: true, accessTtl: 60 })
  expect(made).toMatchObject({ clientSecret: null, kind: 'native', isPublic: true, accessTtl: 60 })
})

test('a machine acts for itself; the operator may let it check credentials', async () => {
  const made = await register({ machine: true, scopes: ['credentials:verify'], machineTtl: 60 })
  expect(made).toMatchObject({ kind: 'machine', grantTypes: ['client_credentials'], scopes: ['credentials:verify'] })
})

test('the own app of the site may take passwords', async () => {
  const options = { grantTypes: ['password', 'refresh_token'] }
  expect(await outcome(register(options))).toBe('validation_failed')
  expect(await register({ ...options, firstParty: true })).toMatchObject({ firstParty: true })
})

test('apps are listed, disabled, enabled and verified', async () => {
  const { clientId: id } = await register({ redirectUri: ['https://ledger.example/cb'] })
  const list = (await apps('list', { project: ada.user.project.slug })) as unknown as { id: string }[]
  expect(list.map((app) => app.id)).toContain(id)
  expect(JSON.stringify(list)).not.toMatch(/lks_[0-9A-Za-z]{12}_[0-9A-Za-z]/)
  expect(await apps('disable', { id })).toMatchObject({ status: 'disabled', disabledByAdmin: true })
  expect(await apps('enable', { id })).toMatchObject({ status: 'active', disabledByAdmin: false })
  expect(await apps('verify', { id })).toMatchObject({ verified: true })
  expect(await outcome(apps('verify', { id: 'nothing' }))).toBe('not_found')
})

test('a lifetime that has no effect is refused, and says which one has', async () => {
  const uri = { redirectUri: ['https://ledger.example/cb'] }
  for (const [options, field] of [
    [{ machine: true, accessTtl: 60 }, 'accessTtl'],
    [{ machine: true, refreshTtl: 7200 }, 'refreshTtl'],
    [{ ...uri, machineTtl: 60 }, 'machineTtl'],
    [{ ...uri, grantTypes: ['authorization_code'], refreshTtl: 7200 }, 'refreshTtl'],
  ] as const) {
    await expect(register(options)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: { [field]: [expect.stringContaining('no effect')] },
    })
  }
})

test('an app and a project are given another name, also one that looks like this site’s', async () => {
  const { clientId: id } = await register({ redirectUri: ['https://ledger.example/cb'] })
  expect(await apps('rename', { id, name: 'Latchkey Ledger' })).toMatchObject({ name: 'Latchkey Ledger' })
  const options = { project: ada.user.project.slug, name: 'Latchkey Labs' }
  expect(await runCommand(parseRequest({ noun: 'projects', verb: 'rename', options }))).toMatchObject({
    id: ada.projectId,
    name: 'Latchkey Labs',
  })
  expect(await outcome(apps('rename', { id, name: ' ' }))).toBe('validation_failed')
})

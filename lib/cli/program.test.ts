import { expect, test, vi } from 'vitest'
import { parseArguments } from './program'
import { parseRequest } from './request'

test.each([
  [
    'users create --email a@example.com --password secret --name Ann --admin --json',
    {
      noun: 'users',
      verb: 'create',
      options: { email: 'a@example.com', password: 'secret', name: 'Ann', admin: true },
    },
    true,
  ],
  ['users list', { noun: 'users', verb: 'list', options: {} }, false],
  ['users disable --email a@b.c', { noun: 'users', verb: 'disable', options: { email: 'a@b.c' } }, false],
  [
    'keys create --project p --label L --third-party Acme --scopes keys:read,,orders:read --expires-in 30d --allow-key-management --as a@b.c',
    {
      noun: 'keys',
      verb: 'create',
      options: {
        project: 'p',
        label: 'L',
        thirdParty: 'Acme',
        scopes: ['keys:read', 'orders:read'],
        expiresIn: 2_592_000,
        allowKeyManagement: true,
        as: 'a@b.c',
      },
    },
    false,
  ],
  [
    'keys create --project p --label L --expires-in never',
    {
      noun: 'keys',
      verb: 'create',
      options: { project: 'p', label: 'L', scopes: [], expiresIn: null, allowKeyManagement: false },
    },
    false,
  ],
  ['keys list --project p --json', { noun: 'keys', verb: 'list', options: { project: 'p' } }, true],
  ['keys revoke --id k --reason gone', { noun: 'keys', verb: 'revoke', options: { id: 'k', reason: 'gone' } }, false],
  [
    'apps register --project p --name N --redirect-uri https://a.example/x,y --redirect-uri https://b.example --public --native --grant-types authorization_code --scopes openid,orders:read --first-party --access-ttl 60 --refresh-ttl 3600 --machine-ttl 60 --allow-key-management',
    {
      noun: 'apps',
      verb: 'register',
      options: {
        project: 'p',
        name: 'N',
        redirectUri: ['https://a.example/x,y', 'https://b.example'],
        public: true,
        native: true,
        machine: false,
        grantTypes: ['authorization_code'],
        scopes: ['openid', 'orders:read'],
        firstParty: true,
        accessTtl: 60,
        refreshTtl: 3600,
        machineTtl: 60,
        allowKeyManagement: true,
      },
    },
    false,
  ],
  ['apps list --project p --json', { noun: 'apps', verb: 'list', options: { project: 'p' } }, true],
  ['apps disable --id a', { noun: 'apps', verb: 'disable', options: { id: 'a' } }, false],
  ['apps enable --id a', { noun: 'apps', verb: 'enable', options: { id: 'a' } }, false],
  ['apps rename --id a --name N', { noun: 'apps', verb: 'rename', options: { id: 'a', name: 'N' } }, false],
  [
    'projects rename --project p --name N',
    { noun: 'projects', verb: 'rename', options: { project: 'p', name: 'N' } },
    false,
  ],
  ['apps verify --id a', { noun: 'apps', verb: 'verify', options: { id: 'a' } }, false],
  ['db migrate', { noun: 'db', verb: 'migrate', options: {} }, false],
])('latchkey %s', (line, request, json) => {
  const typed = parse(line.split(' '))
  expect(parseRequest({ noun: typed.noun, verb: typed.verb, options: typed.options })).toEqual(request)
  expect(typed.json).toBe(json)
})

test.each([
  [[], 'users'],
  [['users'], 'create'],
  [['apples', 'eat'], "unknown command 'apples'"],
  [['keys', 'creat'], "unknown command 'creat' (Did you mean create?)"],
  [['users', 'list', 'more'], 'too many arguments'],
  [['users', 'list', '--colour'], "unknown option '--colour'"],
  [['keys', 'list'], "'--project <slug>' not specified"],
  [['keys', 'create', '--project', 'p', '--label', 'L', '--expires-in', '5y'], 'Use days such as 30d'],
  [['apps', 'register', '--project', 'p', '--name', 'N', '--native', '--machine'], 'cannot be used with'],
  [['apps', 'register', '--project', 'p', '--name', 'N', '--access-ttl', '1h'], 'Is not a whole number'],
])('%j is wrong usage', (args, said) => {
  const err = vi.fn()
  expect(() => parseArguments(args, { out: never, err })).toThrow(expect.objectContaining({ exitCode: 1 }))
  expect(err).toHaveBeenCalledOnce()
  expect(err.mock.calls[0]?.[0]).toContain(said)
})

test('an error of usage is one line', () => {
  const err = vi.fn()
  expect(() => parseArguments(['keys', 'creat'], { out: never, err })).toThrow()
  expect(err.mock.calls[0]?.[0]).toMatch(/^[^\n]+\n$/)
})

test.each([
  [['--help'], 'keys'],
  [['keys', '--help'], 'revoke'],
  [['keys', 'create', '--help'], '--third-party <name>'],
  [['users', 'list', '--help'], '--json'],
])('%j is help', (args, said) => {
  const out = vi.fn()
  expect(() => parseArguments(args, { out, err: never })).toThrow(expect.objectContaining({ exitCode: 0 }))
  expect(out.mock.calls.join('')).toContain(said)
})

test.each([
  [{ noun: 'keys', verb: 'steal', options: {} }, { verb: [expect.any(String)] }],
  [{ noun: 'keys', verb: 'list', options: { project: 1 } }, { project: [expect.any(String)] }],
  [{ noun: 'keys', verb: 'list', options: { project: 'p', sql: '' } }, { sql: ['Is not a member of this request.'] }],
  ['x', { body: [expect.any(String)] }],
])('%j through the socket is refused', (request, errors) => {
  expect(() => parseRequest(request)).toThrow(expect.objectContaining({ code: 'validation_failed', errors }))
})

test('a refused password is not quoted', () => {
  const options = { email: 'a', name: 'b', password: 'x'.repeat(3000) }
  const refused = expect.objectContaining({ errors: { password: [expect.not.stringContaining('xxx')] } })
  expect(() => parseRequest({ noun: 'users', verb: 'create', options })).toThrow(refused)
})

const never = () => expect.unreachable()

const parse = (args: string[]) => parseArguments(args, { out: never, err: never })

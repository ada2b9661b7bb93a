import { expect, test } from 'vitest'
import { whoWords } from './words'

const server = { kind: 'system', id: null, name: 'server' }
const ada = { id: 'ada', name: 'Ada' }
const event = { actor: server, target: ada, action: 'session.started', address: '203.0.113.7', changes: {} }

test('who signs up or in is named, although the server writes it down', () => {
  const actor = { ...server, id: 'ada' }
  expect(whoWords({ ...event, actor })).toBe('Ada')
  expect(whoWords({ ...event, actor, action: 'user.created' })).toBe('Ada')
  const project = { id: 'project', name: 'Ada’s project' }
  const changes = { person: [null, 'Ada'] } as Record<string, [unknown, unknown]>
  expect(whoWords({ ...event, actor, target: project, action: 'project.created', changes })).toBe('Ada')
})

test('who has proved nothing is somebody', () => {
  expect(whoWords(event)).toBe('Somebody')
  expect(whoWords({ ...event, actor: { ...server, id: 'ada' }, action: 'user.reset_requested' })).toBe('Somebody')
})

test('what nobody asked for over the network was the server or the command line', () => {
  const actor = { ...server, id: 'ada' }
  expect(whoWords({ ...event, actor, action: 'user.created', address: null })).toBe('The server')
  expect(whoWords({ ...event, actor, action: 'grant.family_ended', target: { id: 'grant', name: 'Ledger' } })).toBe(
    'The server',
  )
  expect(whoWords({ ...event, actor: { ...server, name: 'cli' } })).toBe('The command line')
  expect(whoWords({ ...event, actor: { kind: 'key', id: 'key', name: 'Zapier' } })).toBe('Zapier')
})

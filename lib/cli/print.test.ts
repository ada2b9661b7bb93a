import { expect, test } from 'vitest'
import { Failure, invalidField } from '../errors'
import { errorText, humanText } from './print'

test('a record is a line per member, aligned, without the empty ones', () => {
  const user = { id: 'u1', email: 'a@example.com', project: { id: 'p1', slug: 'ann' }, scopes: ['a', 'b'], note: null }
  expect(humanText('users create', user)).toBe(
    [
      'id            u1',
      'email         a@example.com',
      'project.id    p1',
      'project.slug  ann',
      'scopes        a, b',
      '',
    ].join('\n'),
  )
})

test('a list is a table of aligned columns, also under data and with wide characters', () => {
  const rows = [
    { id: '1', name: '🗝🗝', admin: true },
    { id: '22', name: 'Ann', disabledAt: null },
  ]
  const expected = ['id  name  admin  disabledAt', '1   🗝🗝    true   -', '22  Ann   -      -', ''].join('\n')
  expect(humanText('users list', rows)).toBe(expected)
  expect(humanText('users list', { data: rows, nextCursor: null })).toBe(expected)
})

test('keys show the columns that fit a line', () => {
  const text = humanText('keys list', [{ id: 'k', label: 'L', thirdParty: { id: 't', name: 'Acme' }, scopes: ['x:y'] }])
  expect(text.split('\n')[0]).toMatch(/^id +label +thirdParty\.name +hint +status +createdAt +lastUsedAt +expiresAt$/)
  expect(text).toContain('Acme')
  expect(text).not.toContain('x:y')
})

test('no rows and no result are said', () => {
  expect(humanText('users list', [])).toBe('None.\n')
  expect(humanText('db migrate', null)).toBe('Done.\n')
})

test('what could steer a terminal or forge a line is not printed', () => {
  expect(humanText('x', { name: 'a\u001b[2Jb\nid  1\u2028\u009bc' })).toBe('name  a [2Jb id  1 c\n')
  expect(errorText(new Error('a\n\u001bb'))).toBe('a b\n')
})

test('of a failed statement the cause is said, not the statement and its parameters', () => {
  const cause = new Error('relation "users" does not exist')
  expect(errorText(new Error('Failed query: select … params: secret', { cause }))).toBe(`${cause.message}\n`)
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  expect(errorText(new Error('Failed query', { cause: refused }))).toBe('ECONNREFUSED\n')
})

test('an error is one line with what concerns each option, said once', () => {
  expect(errorText(invalidField('email', 'Is taken.'))).toBe('Is taken.\n')
  const failure = new Failure('validation_failed', 'Two are wrong.', {
    errors: { name: ['Is empty.'], as: ['Is nobody.'] },
  })
  expect(errorText(failure)).toBe('Two are wrong. name: Is empty. as: Is nobody.\n')
})

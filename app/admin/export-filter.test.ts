import { expect, test } from 'vitest'
import { auditFilterSchema } from '@/lib/audit/search'
import { filterOf } from './audit/audit-filter'
import { exportFilter } from './export-filter'

const asked = {
  actor: '',
  action: '',
  target: '',
  project: 'acme',
  result: 'any',
  from: '',
  to: '',
  cursor: null,
} as const
const ask = (query: string) => exportFilter(new URLSearchParams(query), auditFilterSchema, ['format'])

test('a page leaves out the one field that makes no sense, and keeps the others', () => {
  const whole = { actor: '', action: '', target: '', project: 'acme', result: 'any', from: '', to: '' }
  expect(filterOf(asked)).toEqual(whole)
  expect(filterOf({ ...asked, from: '2026-11-1', to: '2026-11-30' })).toEqual({ ...whole, to: '2026-11-30' })
  expect(filterOf({ ...asked, action: 'x'.repeat(101) })).toEqual(whole)
})

test('an export takes what the page’s own link asks for', () => {
  expect(ask('format=csv&project=acme&from=2026-11-01').filter).toMatchObject({ project: 'acme', from: '2026-11-01' })
  expect(ask('').filter).toMatchObject({ project: '', result: 'any' })
})

test.each([
  ['project=acme&from=2026-11-1', 'from'],
  ['project=acme&result=refuse', 'result'],
  ['projekt=acme', 'projekt'],
  ['project=acme&project=other', 'project'],
  ['project=acme%00', 'project'],
  ['__proto__=x', '__proto__'],
])('an export of %s hands nothing over, and names %s', async (query, field) => {
  const { refusal } = ask(query)
  expect(refusal?.status).toBe(422)
  expect(await refusal?.json()).toEqual({ error: expect.stringContaining(`“${field}”`) })
})

import { expect, test } from 'vitest'
import { csvLine } from './csv'

test('cells are quoted where they must be, and nothing is a formula', () => {
  expect(csvLine(['plain', null, 3, 'a,b', 'say "no"', 'two\nlines'])).toBe(
    'plain,,3,"a,b","say ""no""","two\nlines"\r\n',
  )
  for (const sign of ['=', '+', '-', '@', '\t=', ' =']) {
    expect(csvLine([`${sign}cmd|'/c calc'!A1`])).toBe(`'${sign}cmd|'/c calc'!A1\r\n`)
  }
})

import { expect, test } from 'vitest'
import { csvLine } from './csv'

test('cells are quoted where they must be, and nothing is a formula', () => {
  expect(csvLine(['plain', null, 3, 'a,b', 'say "no"', 'two\nlines', 'a;b', 'a\tb'])).toBe(
    'plain,,3,"a,b","say ""no""","two\nlines","a;b","a\tb"\r\n',
  )
  for (const sign of ['=', '+', '-', '@', ' =', '＝', '＋', '－', '＠']) {
    expect(csvLine([`${sign}cmd|'/c calc'!A1`])).toBe(`'${sign}cmd|'/c calc'!A1\r\n`)
  }
  expect(csvLine(['\t=1', 5, -5])).toBe(`"'\t'=1",5,'-5\r\n`)
})

test('nothing is a formula either where cells are parted at semicolons, tabs or every end of a line', () => {
  for (const parted of [';', '; ', '\t', '\n', ';"', '";"', '\r\n\t']) {
    for (const sign of ['=', '+', '-', '@', '＝']) {
      const line = csvLine(['first', `x${parted}${sign}cmd|' /C calc'!A0`, 'last'])
      // As the worst reader does it: at each of them, whatever is quoted.
      for (const cell of line.split(/[;\t\r\n]/)) expect(cell.replace(/^[\s"]+/, '')).not.toMatch(/^[=+\-@＝]/)
    }
  }
})

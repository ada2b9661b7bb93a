import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { readPassword } from './password'

test.each([
  ['correct horse', 'correct horse'],
  ['correct horse\n', 'correct horse'],
  ['correct horse\r\n', 'correct horse'],
  [' two\nlines \n\n', ' two\nlines \n'],
  ['', ''],
])('%j is kept exactly, less one line break at the end', async (text, password) => {
  expect(await readPassword(Readable.from([Buffer.from(text)]))).toBe(password)
})

test('a character that is split between two chunks stays whole', async () => {
  const bytes = Buffer.from('é')
  expect(await readPassword(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]))).toBe('é')
})

test('endless input is refused', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1024)
    })(),
  )
  await expect(readPassword(endless)).rejects.toThrow('too long')
})

import { expect, test } from 'vitest'
import { once } from '@/lib/runtime'
import { download } from './download'

const wanted = () => once('small-heap', () => ({ wanted: 0 })).wanted

async function* lines() {
  yield 'a'
  yield 'b'
}

test('memory is kept small while a file is read, and no longer', async () => {
  expect(await download('x', 'text/csv', lines()).text()).toBe('ab')
  expect(wanted()).toBe(0)
  const reader = download('x', 'text/csv', lines()).body?.getReader()
  await reader?.read()
  expect(wanted()).toBe(1)
  await reader?.cancel()
  expect(wanted()).toBe(0)
})

test('a file whose body nobody reads, as after HEAD, is not begun', async () => {
  let begun = false
  async function* asked() {
    begun = true
    yield 'a'
  }
  download('x', 'text/csv', asked())
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([begun, wanted()]).toEqual([false, 0])
})

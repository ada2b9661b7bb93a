import { expect, test, vi } from 'vitest'
import { WaitingRoom } from './waiting-room'

const bounds = { inside: 2, waiting: 8, waitMs: 5_000 }

test('no more enter than there are places, and the next one enters when one leaves', async () => {
  const room = new WaitingRoom(bounds)
  const leave = await room.enter('a')
  await room.enter('a')
  let entered = false
  const third = room.enter('b').then((leaveThird) => {
    entered = true
    return leaveThird
  })
  await Promise.resolve()
  expect(entered).toBe(false)
  leave?.()
  leave?.() // A place is given back once.
  await third
  const fourth = room.enter('c')
  expect(await Promise.race([fourth, Promise.resolve('waits')])).toBe('waits')
})

test('one address waits in a quarter of the places, and does not hold up the others', async () => {
  const room = new WaitingRoom(bounds)
  const leave = [await room.enter('flood'), await room.enter('flood')]
  const order: string[] = []
  const enter = (name: string, address: string) =>
    room.enter(address).then((left) => {
      order.push(name)
      left?.()
    })
  const waits = [enter('flood 1', 'flood'), enter('flood 2', 'flood')]
  await expect(room.enter('flood')).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 })
  waits.push(enter('other 1', 'other'), enter('third 1', 'third'))
  leave[0]?.()
  await Promise.all(waits)
  expect(order).toEqual(['flood 1', 'other 1', 'third 1', 'flood 2'])
})

test('a full room refuses any address', async () => {
  const room = new WaitingRoom(bounds)
  await room.enter('x')
  await room.enter('x')
  for (const address of ['a', 'b', 'c', 'd']) for (let one = 0; one < 2; one++) void room.enter(address)
  await expect(room.enter('e')).rejects.toMatchObject({ code: 'unavailable' })
})

test('waiting ends after five seconds, and at once for a client that has left', async () => {
  vi.useFakeTimers()
  try {
    const room = new WaitingRoom({ inside: 1, waiting: 4, waitMs: 5_000 })
    const leave = await room.enter('a')
    const late = expect(room.enter('a')).rejects.toMatchObject({ code: 'unavailable', status: 503 })
    const gone = new AbortController()
    const left = room.enter('b', gone.signal)
    gone.abort()
    expect(await left).toBeNull()
    await vi.advanceTimersByTimeAsync(5_000)
    await late
    // Nobody waits any more, so the place is free again.
    leave?.()
    expect(await room.enter('c')).not.toBeNull()
  } finally {
    vi.useRealTimers()
  }
})

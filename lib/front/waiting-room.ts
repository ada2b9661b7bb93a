import { Failure } from '@/lib/errors'

interface Bounds {
  /** Requests inside at once. */
  inside: number
  /** Requests that may wait for a place. */
  waiting: number
  /** How long one waits at most, in ms. */
  waitMs: number
}

/** Gives a place back. Calling it again does nothing. */
export type Leave = () => void

interface Guest {
  enter(): void
}

/**
 * Bounds how many requests are worked on at once. Waiting addresses take turns, and one address may hold a quarter of
 * the places to wait, so that one client with many requests delays its own.
 */
export class WaitingRoom {
  private inside = 0
  private waiting = 0
  /** Waiting requests by address, in the order in which the addresses get their turn. No entry is ever empty. */
  private readonly queues = new Map<string, Guest[]>()

  constructor(private readonly bounds: Bounds) {}

  /**
   * Waits for a place.
   *
   * @param gone aborts when the client has left
   * @returns what gives the place back; null when the client left before its turn
   * @throws Failure `unavailable` (503, `Retry-After`) when too many wait, or none became free in time
   */
  enter(address: string, gone?: AbortSignal): Promise<Leave | null> {
    if (this.inside < this.bounds.inside) return Promise.resolve(this.take())
    const queue = this.queues.get(address) ?? []
    const share = Math.max(1, Math.floor(this.bounds.waiting / 4))
    if (this.waiting >= this.bounds.waiting || queue.length >= share) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        gone?.removeEventListener('abort', left)
      }
      const guest: Guest = {
        enter: () => {
          settle()
          resolve(this.take())
        },
      }
      const left = () => {
        settle()
        this.forget(address, guest)
        resolve(null)
      }
      const timer = setTimeout(() => {
        settle()
        this.forget(address, guest)
        reject(busy())
      }, this.bounds.waitMs)
      gone?.addEventListener('abort', left)
      queue.push(guest)
      this.queues.set(address, queue)
      this.waiting++
    })
  }

  private take(): Leave {
    this.inside++
    let left = false
    return () => {
      if (left) return
      left = true
      this.inside--
      this.next()
    }
  }

  private next(): void {
    const [first] = this.queues
    if (!first) return
    const [address, queue] = first
    const guest = queue.shift()
    this.waiting--
    // To the end of the round.
    this.queues.delete(address)
    if (queue.length > 0) this.queues.set(address, queue)
    guest?.enter()
  }

  private forget(address: string, guest: Guest): void {
    const queue = this.queues.get(address)
    const at = queue?.indexOf(guest) ?? -1
    if (!queue || at < 0) return
    queue.splice(at, 1)
    this.waiting--
    if (queue.length === 0) this.queues.delete(address)
  }
}

const busy = () =>
  new Failure('unavailable', 'Too many pages are being loaded. Try again in a moment.', { retryAfter: 5 })

import 'server-only'
import { setFlagsFromString } from 'node:v8'
import { once } from './runtime'

/** By how much of what lives V8 lets the old generation grow before it collects it; 0 leaves that to V8. */
const GROWTH_PERCENT = 20

/**
 * Keeps memory small while something long runs that makes much and keeps nothing, as an export does. V8 would let what
 * is dead pile up to three times what lives. Not always on: requests that are answered by the thousand pay for each
 * collection, and an export has the time. V8 reads the flag whenever it has collected, so it may change at any time.
 *
 * @returns what ends it, to be called once
 */
export function keepHeapSmall(): () => void {
  const state = once('small-heap', () => ({ wanted: 0 }))
  const setGrowth = (percent: number) => setFlagsFromString(`--heap-growing-percent=${percent}`)
  if (state.wanted++ === 0) setGrowth(GROWTH_PERCENT)
  return () => {
    if (--state.wanted === 0) setGrowth(0)
  }
}

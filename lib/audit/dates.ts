/** Whether a filter may name this time: further away neither JavaScript nor the database counts as the other does. */
export function isInReach(time: string): boolean {
  const ms = new Date(time).getTime()
  return ms >= 0 && ms < END
}

export const OUT_OF_REACH = 'Must lie in the years 1970 to 9998.'

const END = Date.UTC(9999, 0)

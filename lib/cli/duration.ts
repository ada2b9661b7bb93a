const secondsOf = { h: 3_600, d: 86_400 }

/**
 * Seconds of a duration such as `30d` or `12h`; null for `never`. Whole numbers above zero only, of five digits at most,
 * so that adding one to a date always gives a date. Throws a RangeError whose message says what is accepted.
 */
export function parseDuration(text: string): number | null {
  if (text === 'never') return null
  const [, count, unit] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? []
  if (!count) throw new RangeError('Use days such as 30d, hours such as 12h, or never.')
  return Number(count) * secondsOf[unit as keyof typeof secondsOf]
}

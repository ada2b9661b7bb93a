const browsers = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const

/**
 * What kind of program a User-Agent names, without its version: `curl`, `python-requests`, `Firefox`. Sources are kept
 * by it, so that an update of the same program is not a new source.
 */
export function agentFamily(userAgent: string | null): string {
  if (!userAgent) return 'unknown'
  if (userAgent.startsWith('Mozilla/')) return browsers.find(([form]) => form.test(userAgent))?.[1] ?? 'browser'
  return /^[A-Za-z0-9._-]{1,40}/.exec(userAgent)?.[0] ?? 'unknown'
}

import type { IncomingMessage } from 'node:http'

/** The most characters that are kept of a header, by its name in lower case. */
const longest: Record<string, number> = {
  // Stored with each event, session and source; and Next looks for bots in it by an expression whose time grows with the
  // square of its length, on every path that it answers.
  'user-agent': 500,
}
const LEAST = Math.min(...Object.values(longest))

/**
 * Cuts the headers that are stored, or read by code that is slow on long ones, before anybody reads them. Others are
 * bounded by the size of all headers together: they are read by code that takes time in proportion to their length.
 */
export function cutHeaders(request: IncomingMessage): void {
  const { rawHeaders, headers } = request
  for (let at = 1; at < rawHeaders.length; at += 2) {
    const value = rawHeaders[at] as string
    // Nearly all headers are shorter than any bound, and are not looked at by name.
    if (value.length <= LEAST) continue
    const name = (rawHeaders[at - 1] as string).toLowerCase()
    const most = longest[name]
    if (most === undefined) continue
    rawHeaders[at] = value.slice(0, most)
    // Node has made these of the raw ones by now: it looks for Host and Expect itself.
    const made = headers[name]
    if (typeof made === 'string') headers[name] = made.slice(0, most)
  }
}

import type { IncomingMessage } from 'node:http'

/**
 * Every value that was sent for a header, each as it came: `request.headers` silently drops a second Authorization, and
 * `headersDistinct` first makes a list of each header that there is.
 *
 * @param name in lower case
 */
export function headerValues({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  let values = none
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at] as string
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue
    values = [...values, rawHeaders[at + 1] as string]
  }
  return values
}

const none: readonly string[] = []

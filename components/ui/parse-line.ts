import { createParser } from 'nuqs/server'

/** Text out of a URL, which anybody may have written: what no search can mean is left out. */
export const parseAsLine = createParser({
  parse: (text: string) => text.replace(/\p{Cc}/gu, '').slice(0, 2000),
  serialize: (text: string) => text,
})

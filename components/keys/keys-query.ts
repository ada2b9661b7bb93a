import { createLoader, createParser, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { keyStatuses, sortFields } from '@/lib/keys/listing'

/** Text out of a URL, which anybody may have written: what no search can mean is left out. */
const parseAsLine = createParser({
  parse: (text: string) => text.replace(/\p{Cc}/gu, '').slice(0, 2000),
  serialize: (text: string) => text,
})

const sorts = [...sortFields, ...sortFields.map((field) => `-${field}` as const)] as const

/** The state of the keys table as its URL holds it. Values at their default do not appear there. */
export const keysQuery = {
  q: parseAsLine.withDefault(''),
  status: parseAsStringLiteral(['unrevoked', ...keyStatuses, 'all']).withDefault('unrevoked'),
  thirdParty: parseAsLine,
  sort: parseAsStringLiteral(sorts).withDefault('-createdAt'),
  cursor: parseAsLine,
}

export const loadKeysQuery = createLoader(keysQuery)

export type KeysQuery = Awaited<ReturnType<typeof loadKeysQuery>>

/** The keys page with this state, as a link. */
export const keysHref = createSerializer(keysQuery)

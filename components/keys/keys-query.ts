import { createLoader, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { parseAsLine } from '@/components/ui/parse-line'
import { keyStatuses, sortFields } from '@/lib/keys/listing'

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

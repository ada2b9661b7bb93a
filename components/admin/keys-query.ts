import { createLoader, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { parseAsLine } from '@/components/ui/parse-line'
import { keyBuckets, sortFields } from '@/lib/keys/listing'

const sorts = [...sortFields, ...sortFields.map((field) => `-${field}` as const)] as const

/** The state of the table of all keys as its URL holds it. Values at their default do not appear there. */
export const siteKeysQuery = {
  q: parseAsLine.withDefault(''),
  status: parseAsStringLiteral(keyBuckets).withDefault('unrevoked'),
  sort: parseAsStringLiteral(sorts).withDefault('-createdAt'),
  cursor: parseAsLine,
}

export const loadSiteKeysQuery = createLoader(siteKeysQuery)

export type SiteKeysQuery = Awaited<ReturnType<typeof loadSiteKeysQuery>>

/** The table of all keys, or its export, with this state, as a link. */
export const keysHref = createSerializer(siteKeysQuery)

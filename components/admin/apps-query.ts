import { createLoader, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { parseAsLine } from '@/components/ui/parse-line'

export const appShows = ['all', 'unverified', 'verified', 'first_party', 'disabled'] as const

/** The state of the table of all apps as its URL holds it. Values at their default do not appear there. */
export const appsQuery = {
  q: parseAsLine.withDefault(''),
  show: parseAsStringLiteral(appShows).withDefault('all'),
  cursor: parseAsLine,
}

export const loadAppsQuery = createLoader(appsQuery)

/** The table of all apps with this state, as a link. */
export const appsHref = createSerializer(appsQuery)

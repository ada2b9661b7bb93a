import { createLoader, createSerializer, parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs/server'

/** The filters of the connections page as its URL holds them. Values at their default do not appear there. */
export const connectionsQuery = {
  /** The slug of a project. */
  project: parseAsString,
  /** Whose keys: the reader's, or those of everybody in the project. */
  keys: parseAsStringLiteral(['mine', 'all']).withDefault('mine'),
  kind: parseAsStringLiteral(['keys', 'apps']),
  unused: parseAsBoolean.withDefault(false),
}

export const loadConnectionsQuery = createLoader(connectionsQuery)

export type ConnectionsQuery = Awaited<ReturnType<typeof loadConnectionsQuery>>

/** The connections page with these filters, as a link. */
export const connectionsHref = createSerializer(connectionsQuery)

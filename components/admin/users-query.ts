import { createLoader, createSerializer, parseAsStringLiteral } from 'nuqs/server'
import { parseAsLine } from '@/components/ui/parse-line'

/** The state of the users table as its URL holds it. Values at their default do not appear there. */
export const usersQuery = {
  q: parseAsLine.withDefault(''),
  show: parseAsStringLiteral(['all', 'admins', 'disabled']).withDefault('all'),
  cursor: parseAsLine,
}

export const loadUsersQuery = createLoader(usersQuery)

/** The users page with this state, as a link. */
export const usersHref = createSerializer(usersQuery)

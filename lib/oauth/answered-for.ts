import 'server-only'
import { sql } from 'drizzle-orm'
import { memberships, oauthClients, users } from '@/db/schema'

/**
 * Whether somebody answers for an app now: its responsible person is not disabled and is a member of its project. While
 * nobody does, the app gets no tokens and those it has are refused, as a key is.
 */
export const isAnsweredFor = sql<boolean>`exists (
  select 1 from ${memberships} as membership
  join ${users} as person on person.id = membership.user_id and person.disabled_at is null
  where membership.project_id = ${oauthClients.projectId} and membership.user_id = ${oauthClients.responsibleId})`

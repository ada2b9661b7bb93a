import { jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { time, users } from './people'

/** What admins set for the whole site, in one row (`site`); the shape is in `lib/policy/input.ts`. */
export const sitePolicy = pgTable('site_policy', {
  id: text('id').primaryKey(),
  values: jsonb('values').$type<Record<string, unknown>>().notNull(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  updatedById: text('updated_by_id').references(() => users.id),
})

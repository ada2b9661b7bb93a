import { isNotNull, sql } from 'drizzle-orm'
import { boolean, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** Milliseconds, as JavaScript counts: with microseconds a page's last row would not compare equal to its own cursor. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/** A person. `email` is stored normalised (see `lib/users/email.ts`), so that one address is one person. */
export const users = pgTable(
  'users',
  {
    id: text('id').primaryKey(),
    email: text('email').notNull().unique(),
    name: text('name').notNull(),
    /** argon2id in PHC form; null for people who sign in otherwise. */
    passwordHash: text('password_hash'),
    isAdmin: boolean('is_admin').notNull().default(false),
    /** The project to open after signing in. Without a foreign key: projects already point at people. */
    lastProjectId: text('last_project_id'),
    emailVerifiedAt: time('email_verified_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    disabledAt: time('disabled_at'),
  },
  (t) => [
    index('users_created').on(t.createdAt, t.id),
    // For searches: the start of a name or address, and any three letters of it.
    index('users_name').on(sql`lower(${t.name}) collate "C"`),
    index('users_email').on(sql`${t.email} collate "C"`),
    index('users_name_trigrams').using('gin', sql`lower(${t.name}) gin_trgm_ops`).with({ fastupdate: false }),
    index('users_email_trigrams').using('gin', sql`${t.email} gin_trgm_ops`).with({ fastupdate: false }),
    index('users_admins').on(t.id).where(sql`is_admin`),
    index('users_disabled').on(t.createdAt, t.id).where(isNotNull(t.disabledAt)),
  ],
)

/** One sign-in on one device, checked on every request. The cookie names it inside an encrypted token. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: time('created_at').notNull().defaultNow(),
    lastSeenAt: time('last_seen_at').notNull().defaultNow(),
    address: text('address'),
    userAgent: text('user_agent'),
    endedAt: time('ended_at'),
  },
  (t) => [index('sessions_user').on(t.userId, t.address)],
)

/** One-time links: only the hash of the token is stored. `purpose` is `setup` for the first admin. */
export const oneTimeTokens = pgTable('one_time_tokens', {
  tokenHash: text('token_hash').primaryKey(),
  purpose: text('purpose', { enum: ['setup'] }).notNull(),
  userId: text('user_id').references(() => users.id),
  createdAt: time('created_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  usedAt: time('used_at'),
})

import { isNotNull, sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/** Milliseconds, as JavaScript counts: with microseconds a page's last row would not compare equal to its own cursor. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/** A person. `email` is stored normalised (see `lib/email.ts`), so that one address is one person. */
export const users = pgTable(
  'users',
  {
    id: text('id').primaryKey(),
    email: text('email').notNull().unique(),
    name: text('name').notNull(),
    /** argon2id in PHC form; null for people who sign in otherwise. */
    passwordHash: text('password_hash'),
    isAdmin: boolean('is_admin').notNull().default(false),
    /** Since when the person is a site admin, or is none. */
    roleSince: time('role_since').notNull().defaultNow(),
    /** The project to open after signing in. Without a foreign key: projects already point at people. */
    lastProjectId: text('last_project_id'),
    emailVerifiedAt: time('email_verified_at'),
    /** The kinds of mail that the person does not want; security mails are sent all the same. */
    unwantedMail: text('unwanted_mail').array().notNull().default(sql`'{}'`),
    /** Kinds of mail that are only sent to people who asked for them. */
    wantedMail: text('wanted_mail').array().notNull().default(sql`'{}'`),
    createdAt: time('created_at').notNull().defaultNow(),
    disabledAt: time('disabled_at'),
    /** The account is gone: nobody signs in to it again, and its address is free. The row stays for what names it. */
    deletedAt: time('deleted_at'),
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
    /** Since when it goes by this id: later than its beginning for one that was renewed. */
    idSince: time('id_since').notNull().defaultNow(),
    lastSeenAt: time('last_seen_at').notNull().defaultNow(),
    /** When the person last proved who they are: at sign-in, and when asked again before a grave act. */
    authenticatedAt: time('authenticated_at').notNull().defaultNow(),
    /** The password was right and the second step is still to come: until then this is nobody's session. */
    awaitsSecondStep: boolean('awaits_second_step').notNull().default(false),
    address: text('address'),
    userAgent: text('user_agent'),
    endedAt: time('ended_at'),
  },
  (t) => [index('sessions_user').on(t.userId, t.address)],
)

/** One-time links and challenges: only the hash of the token is stored. `setup` is for the first admin. */
export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    tokenHash: text('token_hash').primaryKey(),
    purpose: text('purpose', {
      enum: ['setup', 'sign_up', 'verify_email', 'change_email', 'reset_password', 'passkey'],
    }).notNull(),
    userId: text('user_id').references(() => users.id),
    /** The address that is proved by coming back with the token. */
    email: text('email'),
    /** What `sign_up` makes the account of (`lib/users/sign-up.ts`), encrypted: it holds the hash of a password. */
    sealedDetails: text('sealed_details'),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
    usedAt: time('used_at'),
  },
  (t) => [
    index('one_time_tokens_user').on(t.userId, t.purpose),
    // One that waits for each address: the newest takes the place of the one before.
    uniqueIndex('one_time_tokens_sign_up').on(t.email).where(sql`purpose = 'sign_up' and used_at is null`),
  ],
)

/** Public keys that people sign in with or prove their second step by (WebAuthn, level 3). Removed ones are deleted. */
export const passkeys = pgTable(
  'passkeys',
  {
    /** The credential id in base64url, as browsers state it. */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
    /** COSE key in base64url. */
    publicKey: text('public_key').notNull(),
    counter: bigint('counter', { mode: 'number' }).notNull(),
    transports: text('transports').array().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    lastUsedAt: time('last_used_at'),
  },
  (t) => [index('passkeys_user').on(t.userId)],
)

/** A person's authenticator app (RFC 6238). Counts as a second factor from `confirmedAt` on. */
export const authenticators = pgTable('authenticators', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id),
  /** Encrypted (`lib/credentials/seal.ts`), since codes are computed from it. */
  sealedSecret: text('sealed_secret').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  confirmedAt: time('confirmed_at'),
  /** The time step of the last code that was taken: none at or before it is taken again. */
  lastStep: integer('last_step').notNull().default(0),
})

/** Codes for when the second factor is lost; each works once. Only keyed hashes are stored. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    codeHash: text('code_hash').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    usedAt: time('used_at'),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeHash] })],
)

/** Accounts elsewhere that a person signs in with: one per subject of a provider (OpenID Connect Core, 2). */
export const identities = pgTable(
  'identities',
  {
    provider: text('provider').notNull(),
    subject: text('subject').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** What the provider called the person when they were linked, to recognise it by. */
    email: text('email'),
    createdAt: time('created_at').notNull().defaultNow(),
    lastUsedAt: time('last_used_at'),
  },
  (t) => [primaryKey({ columns: [t.provider, t.subject] }), index('identities_user').on(t.userId)],
)

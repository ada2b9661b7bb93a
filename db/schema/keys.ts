import { isNotNull, isNull, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core'
import { oauthClients, oauthGrants } from './oauth'
import { time, users } from './people'
import { projects, thirdParties } from './projects'

/** Stands for "never expires" and "never used" in sorts, so that keyset paging can compare rows without nulls. */
export const NEVER_EXPIRES = sql.raw(`'9999-12-31 00:00:00+00'::timestamptz`)
export const NEVER_USED = sql.raw(`'1970-01-01 00:00:00+00'::timestamptz`)

/** A key: who it was given to and what it may do. Its secrets are rows of their own, so that regenerating keeps it. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    label: text('label').notNull(),
    thirdPartyId: text('third_party_id').references(() => thirdParties.id),
    scopes: text('scopes').array().notNull(),
    note: text('note'),
    allowedAddresses: text('allowed_addresses').array().notNull().default(sql`'{}'`),
    rateLimitPerMinute: integer('rate_limit_per_minute'),
    createdAt: time('created_at').notNull().defaultNow(),
    createdById: text('created_by_id')
      .notNull()
      .references(() => users.id),
    /** The person who answers for the key; while they are gone or disabled, it is refused. */
    responsibleId: text('responsible_id')
      .notNull()
      .references(() => users.id),
    /**
     * The command line gave its admin-granted scopes to a person who is not an admin, so they do not end with that role.
     * False again once the person has been an admin.
     */
    grantedByOperator: boolean('granted_by_operator').notNull().default(false),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    /** The person who revoked it; null when the key did so itself or the command line did (then see the audit log). */
    revokedById: text('revoked_by_id').references(() => users.id),
    revokeReason: text('revoke_reason'),
    /**
     * The credential that made it, if a person did not: another key, a person's grant to an app, or an app's own access.
     * At most one is set, and it never changes. The key is never more than its parent is now.
     */
    parentKeyId: text('parent_key_id').references((): AnyPgColumn => apiKeys.id),
    parentGrantId: text('parent_grant_id').references((): AnyPgColumn => oauthGrants.id),
    parentClientId: text('parent_client_id').references((): AnyPgColumn => oauthClients.id),
  },
  (t) => [
    check('api_keys_one_parent', sql`num_nonnulls(parent_key_id, parent_grant_id, parent_client_id) <= 1`),
    index('api_keys_parent_key').on(t.parentKeyId).where(isNotNull(t.parentKeyId)),
    index('api_keys_parent_grant').on(t.parentGrantId).where(isNotNull(t.parentGrantId)),
    index('api_keys_parent_client').on(t.parentClientId).where(isNotNull(t.parentClientId)),
    // One index for each sort of the table; `id` last makes the order total, which keyset paging needs.
    index('api_keys_created').on(t.projectId, t.createdAt, t.id),
    index('api_keys_expires').on(t.projectId, sql`coalesce(${t.expiresAt}, ${NEVER_EXPIRES})`, t.id),
    index('api_keys_label').on(t.projectId, sql`lower(${t.label}) collate "C"`, t.id),
    // Without fast updates: new entries would wait in a list that every search reads through.
    index('api_keys_label_trigrams').using('gin', sql`lower(${t.label}) gin_trgm_ops`).with({ fastupdate: false }),
    index('api_keys_revoked').on(t.projectId, t.createdAt, t.id).where(isNotNull(t.revokedAt)),
    index('api_keys_third_party').on(t.thirdPartyId),
    // With the second column, keys that are not revoked are counted without looking at the others.
    index('api_keys_responsible').on(t.responsibleId, t.revokedAt),
    // The same across all projects, for the admin view, and one for each of its filters that few keys pass.
    index('api_keys_all_created').on(t.createdAt, t.id),
    // What admins look at most. After a leak keys are revoked by the thousand, and these must not wade through them.
    index('api_keys_all_unrevoked').on(t.createdAt, t.id).where(isNull(t.revokedAt)),
    index('api_keys_all_unrevoked_expires')
      .on(sql`coalesce(${t.expiresAt}, ${NEVER_EXPIRES})`, t.id)
      .where(isNull(t.revokedAt)),
    index('api_keys_all_expires').on(sql`coalesce(${t.expiresAt}, ${NEVER_EXPIRES})`, t.id),
    index('api_keys_all_label').on(sql`lower(${t.label}) collate "C"`, t.id),
    index('api_keys_all_revoked').on(t.createdAt, t.id).where(isNotNull(t.revokedAt)),
    index('api_keys_unassigned').on(t.createdAt, t.id).where(sql`third_party_id is null and revoked_at is null`),
    // Those of `managementScopes`, in its order: as the bucket of the admin view asks for them.
    index('api_keys_managing')
      .on(t.createdAt, t.id)
      .where(sql`scopes && '{keys:write,apps:write}'::text[] and revoked_at is null`),
    // Those of `adminGrantedScopes`, likewise.
    index('api_keys_admin_granted')
      .on(t.createdAt, t.id)
      .where(sql`scopes && '{credentials:verify,site:audit}'::text[] and revoked_at is null`),
    index('api_keys_creator').on(t.createdById, t.createdAt, t.id),
  ],
)

/** A version of a key's secret. Two live ones are an overlap. Only an HMAC is stored; rows are never deleted. */
export const apiKeySecrets = pgTable(
  'api_key_secrets',
  {
    id: text('id').primaryKey(),
    keyId: text('key_id')
      .notNull()
      .references(() => apiKeys.id),
    /** The 12 visible characters: unique for ever, across all keys. */
    publicId: text('public_id').notNull().unique(),
    secretHash: text('secret_hash').notNull(),
    pepperId: text('pepper_id').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    /** Null for the current secret; for an older one when it stops, or stopped, working. */
    endsAt: time('ends_at'),
  },
  (t) => [
    index('api_key_secrets_key').on(t.keyId, t.endsAt),
    index('api_key_secrets_ends').on(t.endsAt, t.keyId).where(isNotNull(t.endsAt)),
  ],
)

/**
 * The latest use of each key: narrow, written in batches, so that a busy key does not rewrite its wide row and the
 * indexes on it. `usedAt` is 1970 for a key never used. Made together with the key.
 */
export const apiKeyUses = pgTable(
  'api_key_uses',
  {
    keyId: text('key_id')
      .primaryKey()
      .references(() => apiKeys.id),
    projectId: text('project_id').notNull(),
    usedAt: time('used_at').notNull().default(NEVER_USED),
    address: text('address'),
    userAgent: text('user_agent'),
    route: text('route'),
  },
  (t) => [
    index('api_key_uses_used').on(t.projectId, t.usedAt, t.keyId),
    index('api_key_uses_all_used').on(t.usedAt, t.keyId),
  ],
)

/** The latest use of each secret, so that an overlap can say whether the old one is still in use. */
export const apiKeySecretUses = pgTable('api_key_secret_uses', {
  secretId: text('secret_id')
    .primaryKey()
    .references(() => apiKeySecrets.id),
  usedAt: time('used_at').notNull(),
})

/** What each secret did in each hour. `routes` counts by route and outcome: `{ "GET /api/v1/me 2xx": 12 }`. */
export const apiKeyUsage = pgTable(
  'api_key_usage',
  {
    secretId: text('secret_id')
      .notNull()
      .references(() => apiKeySecrets.id),
    keyId: text('key_id').notNull(),
    hour: time('hour').notNull(),
    requests: bigint('requests', { mode: 'number' }).notNull(),
    refused: bigint('refused', { mode: 'number' }).notNull(),
    routes: jsonb('routes').$type<Record<string, number>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.secretId, t.hour] }),
    index('api_key_usage_key').on(t.keyId, t.hour),
    index('api_key_usage_hour').on(t.hour),
    index('api_key_usage_refused').on(t.hour, t.keyId).where(sql`refused > 0`),
  ],
)

/** What all keys did together in each hour: the counts of a busy site are too many to add up for a page. */
export const siteUsage = pgTable('site_usage', {
  hour: time('hour').primaryKey(),
  requests: bigint('requests', { mode: 'number' }).notNull(),
  refused: bigint('refused', { mode: 'number' }).notNull(),
})

/** Requests that were refused before anybody knew whose they were: counted by the hour and where they came from. */
export const refusedRequests = pgTable(
  'refused_requests',
  {
    hour: time('hour').notNull(),
    /** An address (IPv6: its /64); `others` for those that came when too many were counted already. */
    address: text('address').notNull(),
    refused: bigint('refused', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.address] })],
)

/** Where each key was used from: an address (IPv6: its /64) and what kind of program it was. */
export const apiKeySources = pgTable(
  'api_key_sources',
  {
    keyId: text('key_id')
      .notNull()
      .references(() => apiKeys.id),
    address: text('address').notNull(),
    agent: text('agent').notNull(),
    firstSeenAt: time('first_seen_at').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
    requests: bigint('requests', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.keyId, t.address, t.agent] }), index('api_key_sources_seen').on(t.lastSeenAt)],
)

/** Answers already given to an `Idempotency-Key`, per credential, for 24 hours. Never holds a secret. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    credentialId: text('credential_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and canonical body. */
    requestHash: text('request_hash').notNull(),
    keyId: text('key_id').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.credentialId, t.key] })],
)

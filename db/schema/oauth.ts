import { isNotNull, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { time, users } from './people'
import { projects } from './projects'

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })

/** A registered app: an OAuth client (RFC 6749, 2). Its id is the `client_id`. Read on every request. */
export const oauthClients = pgTable(
  'oauth_clients',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    name: text('name').notNull(),
    description: text('description'),
    homepage: text('homepage'),
    /** `machine` has no people: client credentials only. */
    kind: text('kind', { enum: ['web', 'native', 'machine'] }).notNull(),
    /** Runs where no secret can be kept (RFC 6749, 2.1). */
    isPublic: boolean('is_public').notNull(),
    redirectUris: text('redirect_uris').array().notNull(),
    grantTypes: text('grant_types').array().notNull(),
    /** What it may ask for. */
    scopes: text('scopes').array().notNull(),
    /** Lifetimes in seconds: of access tokens that act for a person, of refresh tokens, of the app's own tokens. */
    accessTtl: integer('access_ttl').notNull(),
    refreshTtl: integer('refresh_ttl').notNull(),
    machineTtl: integer('machine_ttl').notNull(),
    /** Marks that site admins set. */
    isFirstParty: boolean('is_first_party').notNull().default(false),
    verifiedAt: time('verified_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    createdById: text('created_by_id')
      .notNull()
      .references(() => users.id),
    /** The person who answers for the app's own tokens, as for a key: while they are gone or disabled, these are refused. */
    responsibleId: text('responsible_id')
      .notNull()
      .references(() => users.id),
    /** As for keys: see `grantedByOperator` there. */
    grantedByOperator: boolean('granted_by_operator').notNull().default(false),
    disabledAt: time('disabled_at'),
    disabledById: text('disabled_by_id').references(() => users.id),
    /** Whether a site admin disabled it; its project cannot undo that. */
    disabledByAdmin: boolean('disabled_by_admin').notNull().default(false),
    /** When connected people were last told about added redirect hosts, and the hosts added since, which they are told next. */
    hostsToldAt: time('hosts_told_at'),
    untoldHosts: text('untold_hosts').array().notNull().default(sql`'{}'`),
    /** The credential that registered it, as for keys: its own tokens are never more than that is now. */
    // Refers to api_keys; the migration says so, since the two files cannot import each other.
    parentKeyId: text('parent_key_id'),
    parentGrantId: text('parent_grant_id').references((): AnyPgColumn => oauthGrants.id),
    parentClientId: text('parent_client_id').references((): AnyPgColumn => oauthClients.id),
  },
  (t) => [
    check('oauth_clients_one_parent', sql`num_nonnulls(parent_key_id, parent_grant_id, parent_client_id) <= 1`),
    index('oauth_clients_parent_key').on(t.parentKeyId).where(isNotNull(t.parentKeyId)),
    index('oauth_clients_project').on(t.projectId, t.createdAt, t.id),
    index('oauth_clients_created').on(t.createdAt, t.id),
    index('oauth_clients_name_trigrams').using('gin', sql`lower(${t.name}) gin_trgm_ops`).with({ fastupdate: false }),
  ],
)

/** An app's picture, apart so that reading the app does not read it. Checked when it was stored; served as it is. */
export const oauthClientLogos = pgTable('oauth_client_logos', {
  clientId: text('client_id')
    .primaryKey()
    .references(() => oauthClients.id),
  png: bytes('png').notNull(),
  /** SHA-256 of the picture, in base64url: part of its address, so that browsers may keep it. */
  hash: text('hash').notNull(),
})

/** A version of a client's secret, as `api_key_secrets` for keys: two live ones are an overlap. */
export const oauthClientSecrets = pgTable(
  'oauth_client_secrets',
  {
    id: text('id').primaryKey(),
    clientId: text('client_id')
      .notNull()
      .references(() => oauthClients.id),
    publicId: text('public_id').notNull().unique(),
    secretHash: text('secret_hash').notNull(),
    pepperId: text('pepper_id').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    endsAt: time('ends_at'),
  },
  (t) => [index('oauth_client_secrets_client').on(t.clientId, t.endsAt)],
)

/**
 * A person's consent to one app for one project, or for what concerns no project. A revoked row stays dead: a new consent
 * makes a new one.
 */
export const oauthGrants = pgTable(
  'oauth_grants',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    clientId: text('client_id')
      .notNull()
      .references(() => oauthClients.id),
    /** The app's name as the person was shown it: under another one it must ask again. */
    clientName: text('client_name').notNull(),
    scopes: text('scopes').array().notNull(),
    /**
     * The project chosen at consent: the one that its tokens are about on `/api/v1`; null when no scope needed one. It
     * never changes: consent for another project makes another grant.
     */
    projectId: text('project_id').references(() => projects.id),
    /** The redirect URIs that the person has allowed: the app asks again before it sends them to another one. */
    redirectUris: text('redirect_uris').array().notNull().default(sql`'{}'`),
    /** Where the person was last sent back to; null for devices. */
    redirectHost: text('redirect_host'),
    grantedAt: time('granted_at').notNull().defaultNow(),
    changedAt: time('changed_at').notNull().defaultNow(),
    revokedAt: time('revoked_at'),
  },
  (t) => [
    // PostgreSQL 14 has no NULLS NOT DISTINCT.
    uniqueIndex('oauth_grants_live_project')
      .on(t.userId, t.clientId, sql`coalesce(${t.projectId}, '')`)
      .where(sql`revoked_at is null`),
    index('oauth_grants_client').on(t.clientId, t.grantedAt),
  ],
)

/** The latest use of a grant, or of an app by its own tokens: narrow, and written in batches like that of keys. */
export const oauthUses = pgTable('oauth_uses', {
  /** Id of the grant, or of the client for tokens that act for nobody. */
  subjectId: text('subject_id').primaryKey(),
  usedAt: time('used_at').notNull(),
  address: text('address'),
  userAgent: text('user_agent'),
  route: text('route'),
})

/**
 * What the OAuth server keeps: codes, tokens, interactions, pushed requests and families. `id` is the public id of a
 * token, the SHA-256 of the value of anything else; a family's is its own, since nobody is ever given it. A row never
 * holds its value: tokens are checked by `secretHash`, and the library's payload is sealed.
 */
export const oauthArtifacts = pgTable(
  'oauth_artifacts',
  {
    id: text('id').primaryKey(),
    /** The library's name of it: `AccessToken`, `RefreshToken`, `AuthorizationCode`, `Grant` (a family) … */
    kind: text('kind').notNull(),
    secretHash: text('secret_hash'),
    pepperId: text('pepper_id'),
    /** HMAC of a device's user code, which is too short for a plain hash. */
    userCodeHash: text('user_code_hash').unique(),
    /** One library Grant is one family: all that came of one authorization, and dies together when a part is replayed. */
    familyId: text('family_id'),
    grantId: text('grant_id').references(() => oauthGrants.id),
    clientId: text('client_id').references(() => oauthClients.id),
    /** The person it acts for; null for an app's own tokens. */
    userId: text('user_id').references(() => users.id),
    /**
     * What a token or a family was issued for; narrowed when its grant is. Empty for a family of an earlier release, which
     * may do what its grant may.
     */
    scopes: text('scopes').array().notNull().default(sql`'{}'`),
    /** The refresh token that a refresh token came of by rotation, or that an access token was issued with by one. */
    parentId: text('parent_id'),
    /** How often a refresh token was sent again and answered within the grace after its rotation. */
    resends: integer('resends').notNull().default(0),
    /** When one of the refresh tokens that came of this one was rotated itself: the others have been dead since. */
    settledAt: time('settled_at'),
    /** The resource it is for (RFC 8707); null for this site's own API. */
    audience: text('audience'),
    /** AES-256-GCM over the library's payload. */
    payload: text('payload').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
    consumedAt: time('consumed_at'),
    endedAt: time('ended_at'),
  },
  (t) => [
    index('oauth_artifacts_family').on(t.familyId),
    index('oauth_artifacts_grant').on(t.grantId),
    index('oauth_artifacts_client').on(t.clientId),
    index('oauth_artifacts_expires').on(t.expiresAt),
  ],
)

/** The keys that sign ID tokens, shared by all instances, sealed. The newest that all have seen signs; older ones verify. */
export const oauthSigningKeys = pgTable('oauth_signing_keys', {
  kid: text('kid').primaryKey(),
  /** AES-256-GCM over the private JWK. */
  jwk: text('jwk').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  retiredAt: time('retired_at'),
})

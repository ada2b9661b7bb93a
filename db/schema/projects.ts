import { sql } from 'drizzle-orm'
import { index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { time, users } from './people'

/** A calling application or team: what keys belong to. */
export const projects = pgTable(
  'projects',
  {
    id: text('id').primaryKey(),
    slug: text('slug').notNull().unique(),
    name: text('name').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    deletedAt: time('deleted_at'),
  },
  (t) => [
    index('projects_name').on(sql`lower(${t.name}) collate "C"`),
    index('projects_name_trigrams').using('gin', sql`lower(${t.name}) gin_trgm_ops`).with({ fastupdate: false }),
  ],
)

export const memberships = pgTable(
  'memberships',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    role: text('role', { enum: ['owner', 'developer', 'viewer'] }).notNull(),
    roleSince: time('role_since').notNull().defaultNow(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.userId] }), index('memberships_user').on(t.userId)],
)

/** An offer to join a project, bound to one address. Only the hash of the token in the mail is stored. */
export const invitations = pgTable(
  'invitations',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    email: text('email').notNull(),
    role: text('role', { enum: ['owner', 'developer', 'viewer'] }).notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdAt: time('created_at').notNull().defaultNow(),
    createdById: text('created_by_id')
      .notNull()
      .references(() => users.id),
    expiresAt: time('expires_at').notNull(),
    acceptedAt: time('accepted_at'),
    acceptedById: text('accepted_by_id').references(() => users.id),
    withdrawnAt: time('withdrawn_at'),
  },
  (t) => [
    // One open invitation per address: inviting again withdraws the former one.
    uniqueIndex('invitations_open').on(t.projectId, t.email).where(sql`accepted_at is null and withdrawn_at is null`),
    index('invitations_email').on(t.email),
  ],
)

/** Who a key was given to. One name exists once per project, whatever its case. */
export const thirdParties = pgTable(
  'third_parties',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    name: text('name').notNull(),
    website: text('website'),
    contact: text('contact'),
    purpose: text('purpose'),
    /** The registered app that this is, where somebody said so: then its keys and grants are one connection. */
    clientId: text('client_id'),
    createdAt: time('created_at').notNull().defaultNow(),
    createdById: text('created_by_id').references(() => users.id),
  },
  (t) => [
    index('third_parties_client').on(t.clientId),
    uniqueIndex('third_parties_name').on(t.projectId, sql`lower(${t.name}) collate "C"`),
    index('third_parties_name_everywhere').on(sql`lower(${t.name}) collate "C"`),
    index('third_parties_name_trigrams').using('gin', sql`lower(${t.name}) gin_trgm_ops`).with({ fastupdate: false }),
  ],
)

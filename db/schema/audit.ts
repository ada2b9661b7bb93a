import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgSequence, pgTable, text } from 'drizzle-orm/pg-core'
import { time } from './people'

/**
 * One row per act. Never changed and never deleted: triggers refuse it to everybody. Written in the act's own
 * transaction; names are copied, so that a rename cannot rewrite history. Place and time are given by a trigger,
 * whatever the statement says.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: text('id').notNull().unique(),
    at: time('at').notNull().defaultNow(),
    actorKind: text('actor_kind', { enum: ['user', 'key', 'app', 'system'] }).notNull(),
    actorId: text('actor_id'),
    actorName: text('actor_name').notNull(),
    /** Noun and past participle: `key.created`. */
    action: text('action').notNull(),
    targetKind: text('target_kind').notNull(),
    targetId: text('target_id').notNull(),
    targetName: text('target_name').notNull(),
    projectId: text('project_id'),
    result: text('result', { enum: ['allowed', 'refused'] })
      .notNull()
      .default('allowed'),
    address: text('address'),
    userAgent: text('user_agent'),
    requestId: text('request_id'),
    /** Field → [old, new], plain fields only, never a secret or a hash. */
    changes: jsonb('changes').$type<Record<string, [unknown, unknown]>>().notNull().default({}),
  },
  (t) => [
    index('audit_events_target').on(t.targetKind, t.targetId, t.sequence),
    index('audit_events_project').on(t.projectId, t.sequence),
    // For the filters of the admin view, which pages by `sequence`; a time is first turned into one.
    index('audit_events_actor').on(t.actorId, t.sequence),
    index('audit_events_action').on(t.action, t.sequence),
    index('audit_events_refused').on(t.sequence).where(sql`result = 'refused'`),
    index('audit_events_at').on(t.at, t.sequence),
    check('audit_events_at_finite', sql`isfinite(at)`),
  ],
)

/** Events that wait to be sealed. A trigger puts them here, in the transaction that writes the event. */
export const auditUnsealed = pgTable('audit_unsealed', {
  eventId: text('event_id').primaryKey(),
})

/**
 * The hash chain over the events, in the order in which they became visible: each hash covers the event and the hash
 * before it. Numbers have no gaps, so they are also what log shippers page by.
 */
export const auditSeals = pgTable('audit_seals', {
  number: bigint('number', { mode: 'number' }).primaryKey(),
  eventId: text('event_id').notNull().unique(),
  hash: text('hash').notNull(),
})

/** Where the chain ends. One row; its `mac` needs a secret that the database has not got. */
export const auditHead = pgTable('audit_head', {
  id: integer('id').primaryKey(),
  number: bigint('number', { mode: 'number' }).notNull(),
  hash: text('hash').notNull(),
  mac: text('mac').notNull(),
  pepperId: text('pepper_id').notNull(),
})

/**
 * One row, which a sealer locks for its turn. An advisory lock could be held by every session of the database; this one
 * needs rights on the table.
 */
export const auditSealer = pgTable('audit_sealer', {
  id: integer('id').primaryKey(),
})

/** Used once events have been sealed, and never put back: a log without a head is then one that was removed. */
export const auditSealings = pgSequence('audit_sealings')

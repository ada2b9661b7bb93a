import { bigint, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { time } from './people'

/** One row per act. Written in the act's own transaction; names are copied, so that a rename cannot rewrite history. */
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
  ],
)

import { z } from 'zod'
import { addressBlockSchema } from '@/lib/input'
import { allScopes, type Scope } from '@/lib/scopes'
import { contactSchema, lineSchema, noteSchema, websiteSchema } from '@/lib/text'
import { appIdSchema } from '@/lib/third-parties/input'
import { keyStatuses, sortFields } from './listing'

const scopesSchema = z
  .array(z.string())
  .max(100)
  .transform((scopes, context) => {
    const unknown = scopes.find((scope) => !(allScopes as string[]).includes(scope))
    if (unknown !== undefined) {
      context.addIssue({ code: 'custom', message: `There is no scope "${unknown.slice(0, 50)}".` })
      return z.NEVER
    }
    return allScopes.filter((scope) => scopes.includes(scope))
  })

const newThirdPartySchema = z.strictObject({
  name: lineSchema({ max: 100, what: 'Name' }),
  website: websiteSchema.nullish(),
  contact: contactSchema.nullish(),
  app: appIdSchema.nullish(),
})

/** As ids are made. The database could not even be asked for one with a NUL in it. */
const idSchema = z.string().regex(/^[0-9A-Za-z]{1,64}$/, 'Is not an id.')

/** A third party as a key names it: an existing one by id, or one to make by name. */
export const thirdPartyRefSchema = z.union([idSchema, newThirdPartySchema], {
  error: 'Is neither the id of a third party nor an object with a name.',
})

const changeable = {
  label: lineSchema({ max: 100, what: 'Label' }),
  thirdParty: thirdPartyRefSchema.nullable(),
  note: noteSchema({ what: 'Note' }).nullable(),
  allowedAddresses: z.array(addressBlockSchema).max(50, 'At most 50 addresses or blocks.'),
  rateLimitPerMinute: z.int('Is not a whole number.').min(1, 'Must be at least 1.').max(1_000_000).nullable(),
  scopes: scopesSchema,
}

/** What `POST /keys` and the form take. */
export const createKeySchema = z.strictObject({
  label: changeable.label,
  thirdParty: changeable.thirdParty.optional(),
  scopes: changeable.scopes.default([] as Scope[]),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'Is not a time such as 2030-01-31T12:00:00Z.' })
    .transform((text) => new Date(text))
    .refine((time) => time.getTime() < Date.UTC(9999, 0), 'Is too far away; leave it out for a key that never expires.')
    .nullish(),
  allowedAddresses: changeable.allowedAddresses.default([]),
  rateLimitPerMinute: changeable.rateLimitPerMinute.optional(),
  note: changeable.note.optional(),
})

export type CreateKeyInput = z.infer<typeof createKeySchema>

/** What `PATCH /keys/{id}` takes; a member left out stays as it is. */
export const updateKeySchema = z.strictObject(changeable).partial()

export type UpdateKeyInput = z.infer<typeof updateKeySchema>

/** Longest overlap of an old and a new secret, in seconds: seven days. */
export const MAX_OVERLAP_SECONDS = 604_800

export const regenerateKeySchema = z.strictObject({
  overlapSeconds: z
    .int('Is not a whole number.')
    .min(0, 'Must not be negative.')
    .max(MAX_OVERLAP_SECONDS, 'Is at most 604800 seconds (7 days).')
    .default(0),
  endChildren: z.boolean('Is neither true nor false.').optional(),
})

export const revokeKeySchema = z.strictObject({ reason: noteSchema({ what: 'Reason' }).nullish() })

/** The query of `GET /keys`. */
export const listKeysSchema = z.strictObject({
  status: z.enum(keyStatuses).optional(),
  thirdParty: idSchema.optional(),
  q: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u, 'Contains a control character.')
    .optional(),
  sort: z.enum([...sortFields, ...sortFields.map((field) => `-${field}` as const)]).default('-createdAt'),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'Is not a number from 1 to 100.')
    .transform(Number)
    .default(50),
  cursor: z.string().max(2000).optional(),
})

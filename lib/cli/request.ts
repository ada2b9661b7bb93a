import { z } from 'zod'
import { Failure } from '../errors'
import { fieldErrors } from '../input'

/** Text of an option as it was typed; the verb that gets it knows more. */
const text = z.string().max(2_000)

/** Where the audit log ends, as `number:hash`. */
const auditHead = z.string().regex(/^\d{1,15}:[\w-]{43}$/, 'Is not of the form number:hash.')

const none = z.strictObject({}).default({})

const requestSchema = z.discriminatedUnion('noun', [
  z.discriminatedUnion('verb', [
    z.strictObject({
      noun: z.literal('users'),
      verb: z.literal('create'),
      options: z.strictObject({ email: text, password: text, name: text, admin: z.boolean().default(false) }),
    }),
    z.strictObject({ noun: z.literal('users'), verb: z.literal('list'), options: none }),
    z.strictObject({
      noun: z.literal('users'),
      verb: z.enum(['disable', 'reset-second-factor']),
      options: z.strictObject({ email: text }),
    }),
  ]),
  z.discriminatedUnion('verb', [
    z.strictObject({
      noun: z.literal('keys'),
      verb: z.literal('create'),
      options: z.strictObject({
        /** The project's slug. */
        project: text,
        label: text,
        /** The name of one of the project's third parties, or of a new one. */
        thirdParty: text.optional(),
        scopes: z.array(text).max(100).default([]),
        /** Seconds from now; null or left out: never. */
        expiresIn: z.int().positive().nullish(),
        /** Without it, no scope is granted that hands on power over other credentials. */
        allowKeyManagement: z.boolean().default(false),
        /** E-mail address of the responsible person. Left out: the project's longest-standing owner. */
        as: text.optional(),
      }),
    }),
    z.strictObject({ noun: z.literal('keys'), verb: z.literal('list'), options: z.strictObject({ project: text }) }),
    z.strictObject({
      noun: z.literal('keys'),
      verb: z.literal('revoke'),
      options: z.strictObject({ id: text, reason: text.optional() }),
    }),
  ]),
  z.discriminatedUnion('verb', [
    z.strictObject({
      noun: z.literal('apps'),
      verb: z.literal('register'),
      options: z.strictObject({
        /** The project's slug. */
        project: text,
        name: text,
        redirectUri: z.array(text).max(100).default([]),
        public: z.boolean().default(false),
        native: z.boolean().default(false),
        machine: z.boolean().default(false),
        grantTypes: z.array(text).max(100).optional(),
        scopes: z.array(text).max(100).optional(),
        firstParty: z.boolean().default(false),
        /** Seconds. */
        accessTtl: z.int().optional(),
        refreshTtl: z.int().optional(),
        machineTtl: z.int().optional(),
        /** Without it, tokens of its own get no scope that hands on power over other credentials. */
        allowKeyManagement: z.boolean().default(false),
      }),
    }),
    z.strictObject({ noun: z.literal('apps'), verb: z.literal('list'), options: z.strictObject({ project: text }) }),
    z.strictObject({
      noun: z.literal('apps'),
      verb: z.literal('rename'),
      options: z.strictObject({ id: text, name: text }),
    }),
    ...(['disable', 'enable', 'verify'] as const).map((verb) =>
      z.strictObject({ noun: z.literal('apps'), verb: z.literal(verb), options: z.strictObject({ id: text }) }),
    ),
  ]),
  z.discriminatedUnion('verb', [
    z.strictObject({
      noun: z.literal('projects'),
      verb: z.literal('rename'),
      options: z.strictObject({ project: text, name: text }),
    }),
  ]),
  z.discriminatedUnion('verb', [
    z.strictObject({
      noun: z.literal('audit'),
      verb: z.literal('verify'),
      /** A head that was kept elsewhere, as `number:hash`. */
      options: z.strictObject({ head: auditHead.optional() }),
    }),
    z.strictObject({ noun: z.literal('audit'), verb: z.literal('sign'), options: z.strictObject({ head: auditHead }) }),
    z.strictObject({
      noun: z.literal('audit'),
      verb: z.literal('export'),
      options: z.strictObject({
        /** Begins after this number. */
        after: z.int().min(0).default(0),
      }),
    }),
  ]),
  z.discriminatedUnion('verb', [
    z.strictObject({ noun: z.literal('oauth'), verb: z.literal('rotate-keys'), options: none }),
  ]),
  z.discriminatedUnion('verb', [z.strictObject({ noun: z.literal('db'), verb: z.literal('migrate'), options: none })]),
])

/** A command of the command line as plain data, the same in this process and through the socket. */
export type CliRequest = z.infer<typeof requestSchema>

/** Checks what was typed, and again what came through the socket. Throws `validation_failed` naming the options, never their values. */
export function parseRequest(value: unknown): CliRequest {
  const parsed = requestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = Object.fromEntries(
    Object.entries(fieldErrors(parsed.error)).map(([path, messages]) => [path.replace(/^options\./, ''), messages]),
  )
  throw new Failure('validation_failed', 'There is no such command, or one of its options is wrong.', { errors })
}

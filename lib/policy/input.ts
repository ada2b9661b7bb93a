import { z } from 'zod'
import { addressBlockSchema } from '@/lib/input'
import { allScopes, type Scope } from '@/lib/scopes'

const days = z.int('Is not a whole number.').min(1, 'Must be at least 1.').max(3650, 'At most 3650 days.')

/** What admins set for the whole site. Null stands for no limit. */
export const policySchema = z.strictObject({
  /** Keys of a project that work at the same time. */
  maxKeysPerProject: z.int('Is not a whole number.').min(1, 'Must be at least 1.').max(1_000_000, 'At most 1,000,000.'),
  /** With a longest lifetime, every key expires. */
  maxLifetimeDays: days.nullable(),
  expiryRequired: z.boolean(),
  thirdPartyRequired: z.boolean(),
  /** Scopes that only admins and the command line put on a key. By name, so that a new scope is not withheld. */
  withheldScopes: z
    .array(z.enum(allScopes as [Scope, ...Scope[]]))
    .max(100)
    .transform((scopes) => allScopes.filter((scope) => scopes.includes(scope))),
  /** Where keys may be used from: each says so itself, by addresses within these. Empty for anywhere. */
  addressRanges: z.array(addressBlockSchema).max(50, 'At most 50 addresses or blocks.'),
  /** Keys that nobody used for so long are revoked. */
  idleDays: days.nullable(),
  usageRetentionDays: days,
  signUp: z.enum(['open', 'invite', 'closed']),
  requireSecondFactorForAdmins: z.boolean(),
})

export type Policy = z.output<typeof policySchema>

export type PolicyField = keyof Policy

/** What holds as long as nobody set anything. */
export const defaultPolicy: Policy = {
  maxKeysPerProject: 1_000,
  maxLifetimeDays: null,
  expiryRequired: false,
  thirdPartyRequired: false,
  withheldScopes: [],
  addressRanges: [],
  idleDays: null,
  usageRetentionDays: 400,
  signUp: 'open',
  requireSecondFactorForAdmins: false,
}

/** What forms about keys must know of it. */
export type KeyPolicy = Pick<
  Policy,
  'maxLifetimeDays' | 'expiryRequired' | 'thirdPartyRequired' | 'withheldScopes' | 'addressRanges'
>

export const keyPolicyOf = ({
  maxLifetimeDays,
  expiryRequired,
  thirdPartyRequired,
  withheldScopes,
  addressRanges,
}: Policy): KeyPolicy => ({ maxLifetimeDays, expiryRequired, thirdPartyRequired, withheldScopes, addressRanges })

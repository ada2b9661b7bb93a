import { z } from 'zod'
import type { FieldErrors } from '@/lib/errors'
import { type AppScope, adminGrantedScopes, allAppScopes, identityScopes } from '@/lib/scopes'
import { lineSchema, noteSchema, siteSchema } from '@/lib/text'
import { isLoopback, redirectUriProblem } from './redirect-uri'

/** `machine` has no people: it only ever acts for itself. */
export const appKinds = ['web', 'native', 'machine'] as const

export type AppKind = (typeof appKinds)[number]

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** The ways to a token. `password` is for apps that an admin marked first-party. */
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_CODE,
  'password',
] as const

export type GrantType = (typeof grantTypes)[number]

/** Lifetimes in seconds: what is allowed, and what it is when nothing is said. */
export const lifetimes = {
  accessTtl: { min: 60, max: 86_400, usual: 3_600 },
  refreshTtl: { min: 3_600, max: 31_536_000, usual: 2_592_000 },
  machineTtl: { min: 60, max: 86_400, usual: 3_600 },
} as const

/** The most redirect URIs of an app. */
export const MAX_REDIRECT_URIS = 20

const changeable = {
  name: lineSchema({ what: 'Name' }),
  description: noteSchema({ what: 'Description' }).nullable(),
  homepage: siteSchema({ what: 'Homepage' })
    .refine((text) => {
      const url = new URL(text)
      return url.protocol === 'https:' || isLoopback(url)
    }, 'Homepage must be https. Only localhost may use http.')
    .nullable(),
  redirectUris: z
    .array(z.string().min(1, 'Is empty.'))
    .max(MAX_REDIRECT_URIS, `At most ${MAX_REDIRECT_URIS} redirect URIs.`)
    .transform((uris) => [...new Set(uris)]),
  grantTypes: listOf(grantTypes, 'grant type'),
  scopes: listOf(allAppScopes, 'scope'),
  accessTtl: seconds(lifetimes.accessTtl),
  refreshTtl: seconds(lifetimes.refreshTtl),
  machineTtl: seconds(lifetimes.machineTtl),
}

/** What `POST /apps` and the form take. Members that depend on each other are judged by `settingsProblems`. */
export const registerAppSchema = z.strictObject({
  name: changeable.name,
  description: changeable.description.optional(),
  homepage: changeable.homepage.optional(),
  kind: z.enum(appKinds, 'Is neither web nor native nor machine.').default('web'),
  isPublic: z.boolean().default(false),
  redirectUris: changeable.redirectUris.default([]),
  grantTypes: changeable.grantTypes.optional(),
  scopes: changeable.scopes.optional(),
  accessTtl: changeable.accessTtl.default(lifetimes.accessTtl.usual),
  refreshTtl: changeable.refreshTtl.default(lifetimes.refreshTtl.usual),
  machineTtl: changeable.machineTtl.default(lifetimes.machineTtl.usual),
})

export type RegisterAppInput = z.infer<typeof registerAppSchema>

/** What `PATCH /apps/{id}` takes; a member left out stays as it is. The kind stays, and whether there is a secret. */
export const updateAppSchema = z.strictObject(changeable).partial()

export type UpdateAppInput = z.infer<typeof updateAppSchema>

/** Longest overlap of an old and a new client secret, in seconds: seven days. */
export const MAX_SECRET_OVERLAP_SECONDS = 604_800

export const rotateSecretSchema = z.strictObject({
  overlapSeconds: z
    .int('Is not a whole number.')
    .min(0, 'Must not be negative.')
    .max(MAX_SECRET_OVERLAP_SECONDS, 'Is at most 604800 seconds (7 days).')
    .default(0),
})

/** The part of an app whose members depend on each other. */
export interface AppSettings {
  kind: AppKind
  isPublic: boolean
  isFirstParty: boolean
  redirectUris: string[]
  grantTypes: GrantType[]
  scopes: AppScope[]
}

/** What an app of this kind gets when nothing is said: people sign in and stay connected, machines act for themselves. */
export const usualGrantTypes = (kind: AppKind): GrantType[] =>
  kind === 'machine' ? ['client_credentials'] : ['authorization_code', 'refresh_token']

export const usualScopes = (kind: AppKind): AppScope[] =>
  kind === 'machine' ? [] : (Object.keys(identityScopes) as AppScope[])

const forPeople: readonly string[] = ['authorization_code', DEVICE_CODE, 'password']

/** Whether an app with these grant types asks people for access, and so is shown to them. */
export const asksPeople = (grantTypes: readonly string[]): boolean =>
  grantTypes.some((each) => forPeople.includes(each))

export type Lifetime = keyof typeof lifetimes

/** What is wrong with lifetimes that somebody set, by field: one of tokens that the app cannot get would have no effect. */
export function lifetimeProblems(set: readonly Lifetime[], grantTypes: readonly string[]): FieldErrors | null {
  const effective: Record<Lifetime, boolean> = {
    accessTtl: asksPeople(grantTypes),
    refreshTtl: grantTypes.includes('refresh_token'),
    machineTtl: grantTypes.includes('client_credentials'),
  }
  const found = set.filter((each) => !effective[each]).map((each) => [each, [ineffective[each]]])
  return found.length > 0 ? Object.fromEntries(found) : null
}

const ineffective: Record<Lifetime, string> = {
  accessTtl: 'Has no effect: this app gets no tokens that act for people. For its own tokens set machineTtl.',
  refreshTtl: 'Has no effect: this app gets no refresh tokens.',
  machineTtl: 'Has no effect: this app gets no tokens of its own. For tokens that act for people set accessTtl.',
}

/** What is wrong with the settings of an app, by field; null when they fit together. */
export function settingsProblems(app: AppSettings): FieldErrors | null {
  const problems = {
    isPublic: publicProblems(app),
    redirectUris: redirectProblems(app),
    grantTypes: grantProblems(app),
    scopes: scopeProblems(app),
  }
  const found = Object.entries(problems).filter(([, messages]) => messages.length > 0)
  return found.length > 0 ? Object.fromEntries(found) : null
}

const publicProblems = ({ kind, isPublic }: AppSettings) =>
  kind === 'machine' && isPublic ? ['A machine proves itself by its secret, so it cannot be public.'] : []

function redirectProblems({ kind, grantTypes, redirectUris }: AppSettings): string[] {
  if (kind === 'machine') return redirectUris.length > 0 ? ['A machine has nobody to send back. Leave them out.'] : []
  if (redirectUris.length === 0) {
    return grantTypes.includes('authorization_code') ? ['Enter at least one redirect URI.'] : []
  }
  return redirectUris.flatMap((uri) => {
    const problem = redirectUriProblem(uri, kind)
    return problem ? [`"${printable(uri)}" ${problem}`] : []
  })
}

function grantProblems({ kind, isPublic, isFirstParty, grantTypes }: AppSettings): string[] {
  if (grantTypes.length === 0) return ['Choose at least one.']
  if (kind === 'machine') {
    return grantTypes.some((each) => each !== 'client_credentials') ? ['A machine has client_credentials only.'] : []
  }
  return [
    ...(isPublic && grantTypes.includes('client_credentials')
      ? ['client_credentials needs a secret, which a public app has none of.']
      : []),
    ...(grantTypes.includes('refresh_token') && !asksPeople(grantTypes)
      ? ['refresh_token goes with a way for people to give access, such as authorization_code.']
      : []),
    ...(grantTypes.includes('password') && !isFirstParty
      ? ['password is only for apps that an admin marked as first-party.']
      : []),
  ]
}

function scopeProblems({ kind, scopes }: AppSettings): string[] {
  return scopes.flatMap((scope) => {
    if (kind === 'machine') {
      return Object.hasOwn(identityScopes, scope) ? [`${scope} is about a person, and a machine acts for none.`] : []
    }
    // A person cannot consent to it: it is a power over everybody's credentials.
    return (adminGrantedScopes as readonly string[]).includes(scope) ? [`${scope} is for machines only.`] : []
  })
}

const printable = (text: string) => text.slice(0, 200).replace(/[^\x20-\x7e]/g, '\uFFFD')

/** A set of words of a catalogue, in the catalogue's order. */
function listOf<Word extends string>(words: readonly Word[], what: string) {
  return z
    .array(z.string())
    .max(100)
    .transform((given, context) => {
      const unknown = given.find((each) => !(words as readonly string[]).includes(each))
      if (unknown !== undefined) {
        context.addIssue({ code: 'custom', message: `There is no ${what} "${unknown.slice(0, 50)}".` })
        return z.NEVER
      }
      return words.filter((word) => given.includes(word))
    })
}

function seconds({ min, max }: { min: number; max: number }) {
  const message = `Must be ${min} to ${max} seconds.`
  return z.int('Is not a whole number.').min(min, message).max(max, message)
}

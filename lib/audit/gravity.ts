import { liesWithin } from '@/lib/addresses'
import { managementScopes } from '@/lib/scopes'
import type { AuditAction } from './actions'

/** What the gravity of an act is judged by: its audit entry, and what the row does not say. */
export interface Act {
  action: AuditAction
  result?: 'allowed' | 'refused'
  changes?: Record<string, [unknown, unknown]>
  circumstances?: Circumstances
}

/** What makes an act grave and is not a change. Never stored. */
export interface Circumstances {
  /** Done with the power of a site admin, on what may be somebody else's. */
  asAdmin?: boolean
  /** What the secret or the access that the act gives is good for. */
  scopes?: readonly string[]
}

/**
 * How grave an act is: always, in the circumstances that a predicate names, or not, and why not. A grave act takes a
 * proof of identity in the last 15 minutes, so that an unlocked screen is not enough for it.
 */
type Gravity = 'grave' | ((act: Act) => boolean) | { not: string }

const takesAway = { not: 'only takes access away, which must never wait' }
const provedByItself = { not: 'takes a password, a second factor or a link from a mail itself' }
const harmless = { not: 'gives nobody access, and can be changed back' }
const byServer = { not: 'no person does it' }

const manages = ({ circumstances }: Act) =>
  managementScopes.some((scope) => circumstances?.scopes?.includes(scope) ?? false)
/** Management scopes that were not there before. */
function gainsManagement(act: Act): boolean {
  const [before, after] = (act.changes?.scopes ?? [null, null]) as [string[] | null, string[] | null]
  return managementScopes.some((scope) => after?.includes(scope) && !before?.includes(scope))
}
const asAdmin = ({ circumstances }: Act) => circumstances?.asAdmin === true
const anyOf =
  (...predicates: ((act: Act) => boolean)[]) =>
  (act: Act) =>
    predicates.some((holds) => holds(act))
const changes = (field: string) => (act: Act) => act.changes?.[field] !== undefined

/**
 * The one list of grave acts. It does not compile without a verdict on every action, and `recordAudit` holds every act
 * against it inside the act's own transaction.
 */
export const gravity: Record<AuditAction, Gravity> = {
  'user.created': provedByItself,
  'user.disabled': 'grave',
  'user.renamed': harmless,
  'user.password_changed': provedByItself,
  'user.password_reset': provedByItself,
  'user.reset_requested': harmless,
  'user.verification_sent': harmless,
  'user.email_verified': provedByItself,
  'user.email_change_requested': 'grave',
  'user.email_change_cancelled': takesAway,
  'user.email_changed': provedByItself,
  'user.mail_changed': harmless,
  'user.enabled': 'grave',
  'user.made_admin': 'grave',
  'user.removed_admin': 'grave',
  'user.signed_out': 'grave',
  'user.deleted': { not: 'takes the password; an account without one asks for a recent sign-in itself' },
  'user.second_factor_added': 'grave',
  'user.second_factor_removed': 'grave',
  'user.second_factor_reset': 'grave',
  'user.recovery_codes_made': 'grave',
  'user.identity_linked': 'grave',
  'user.identity_unlinked': 'grave',
  'session.half_started': provedByItself,
  'session.started': provedByItself,
  'session.renewed': { not: 'keeps the time of the proof that the session began with' },
  'session.ended': takesAway,
  'session.confirmed': provedByItself,
  'project.created': harmless,
  'project.renamed': harmless,
  'project.deleted': 'grave',
  'project.exported': 'grave',
  'member.role_changed': 'grave',
  'member.removed': 'grave',
  'member.left': takesAway,
  'invitation.sent': 'grave',
  'invitation.withdrawn': takesAway,
  'invitation.accepted': {
    not: 'takes a link from a mail to the same address, and gives only the person themselves more',
  },
  'third_party.created': harmless,
  'third_party.updated': harmless,
  'key.created': gainsManagement,
  'key.updated': anyOf(loosensAddresses, loosensLimit, lengthensExpiry),
  'key.regenerated': manages,
  'key.overlap_ended': takesAway,
  'key.revoked': asAdmin,
  'key.taken_over': 'grave',
  'key.looked_up': { not: 'neither changes nor exports anything' },
  'grant.given': anyOf(manages, gainsManagement),
  'grant.widened': gainsManagement,
  'grant.narrowed': takesAway,
  'grant.denied': takesAway,
  'grant.removed': takesAway,
  'grant.family_ended': takesAway,
  'grant.refresh_repeated': byServer,
  'grant.token_revoked': takesAway,
  'app.registered': 'grave',
  'app.updated': anyOf(asAdmin, manages, changes('redirectUris'), changes('responsible')),
  'app.hosts_told': { not: 'tells people of an act that was judged itself' },
  'app.secret_rotated': 'grave',
  'app.secret_overlap_ended': takesAway,
  'app.disabled': asAdmin,
  'app.enabled': 'grave',
  'app.verified': 'grave',
  // Without an admin it drops by itself, when what people are shown changes.
  'app.unverified': asAdmin,
  'app.marked_first_party': 'grave',
  'app.unmarked_first_party': 'grave',
  'app.logo_changed': { not: 'sends nobody elsewhere, and takes the verified mark with it' },
  'app.logo_removed': harmless,
  'app.grant_ended': takesAway,
  'app.token_issued': byServer,
  'app.token_revoked': takesAway,
  'app.authenticated': byServer,
  'policy.changed': 'grave',
  'site.signing_key_made': byServer,
  'site.log_signed': byServer,
  'site.exported': 'grave',
  'request.made': { not: 'is written down only when it was refused' },
}

/** Whether an act that was done takes a recent sign-in. What was refused did nothing. */
export function isGrave(act: Act): boolean {
  if (act.result === 'refused') return false
  const verdict = gravity[act.action]
  return verdict === 'grave' || (typeof verdict === 'function' && verdict(act))
}

/** Whether some address is accepted that was not before. None named means all. */
function loosensAddresses(act: Act): boolean {
  if (!act.changes?.allowedAddresses) return false
  const [before, after] = act.changes.allowedAddresses as [string[] | null, string[] | null]
  if (!before?.length) return false
  return !after?.length || !after.every((block) => before.some((range) => liesWithin(block, range)))
}

/** Null is no limit. */
function loosensLimit(act: Act): boolean {
  return grows(act.changes?.rateLimitPerMinute)
}

function lengthensExpiry(act: Act): boolean {
  const [before, after] = act.changes?.expiresAt ?? [null, null]
  const time = (value: unknown) => (value ? new Date(value as string | Date).getTime() : null)
  return grows([time(before), time(after)])
}

function grows(change: [unknown, unknown] | undefined): boolean {
  if (!change) return false
  const [before, after] = change as [number | null, number | null]
  return before !== null && (after === null || after > before)
}

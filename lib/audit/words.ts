import type { AuditAction } from './record'

/** What each act is called after the name of who did it: "Mara Lind regenerated the key". */
export const actWords: Record<AuditAction, string> = {
  'user.created': 'created the account',
  'user.disabled': 'disabled the account',
  'user.renamed': 'changed the name',
  'user.password_changed': 'changed the password',
  'user.password_reset': 'set a new password by a link from a mail',
  'user.reset_requested': 'asked for a link to set a new password',
  'user.verification_sent': 'asked for a link to verify the address',
  'user.email_verified': 'verified the address',
  'user.email_change_requested': 'asked to change the address',
  'user.email_change_cancelled': 'cancelled the change of address',
  'user.email_changed': 'changed the address',
  'user.mail_changed': 'changed which mails to get',
  'user.enabled': 'enabled the account',
  'user.made_admin': 'made the person an admin',
  'user.removed_admin': 'took the admin role from the person',
  'user.signed_out': 'signed the person out everywhere',
  'user.deleted': 'deleted the account',
  'user.second_factor_added': 'added a second factor',
  'user.second_factor_removed': 'removed a second factor',
  'user.recovery_codes_made': 'made recovery codes',
  'user.identity_linked': 'linked an account elsewhere',
  'user.identity_unlinked': 'unlinked an account elsewhere',
  'session.half_started': 'was asked for the second step',
  'session.started': 'signed in',
  'session.renewed': 'went on under a new session',
  'session.ended': 'signed out',
  'session.confirmed': 'confirmed that it is them',
  'project.created': 'created the project',
  'project.renamed': 'renamed the project',
  'project.deleted': 'deleted the project',
  'member.role_changed': 'changed the role of the member',
  'member.removed': 'removed the member',
  'member.left': 'left the project',
  'invitation.sent': 'sent the invitation',
  'invitation.withdrawn': 'withdrew the invitation',
  'invitation.accepted': 'accepted the invitation',
  'third_party.created': 'added the third party',
  'third_party.updated': 'changed the third party',
  'key.created': 'created the key',
  'key.updated': 'changed the key',
  'key.regenerated': 'regenerated the key',
  'key.overlap_ended': 'ended the old secret',
  'key.revoked': 'revoked the key',
  'key.taken_over': 'took over the key',
  'grant.given': 'gave the app access',
  'grant.widened': 'gave the app more access',
  'grant.narrowed': 'took some access from the app',
  'grant.denied': 'refused the app access',
  'grant.removed': 'removed the app’s access',
  'grant.family_ended': 'ended codes and tokens of the app',
  'app.registered': 'registered the app',
  'app.updated': 'changed the app',
  'app.secret_rotated': 'rotated the client secret',
  'app.secret_overlap_ended': 'ended the old client secret',
  'app.disabled': 'disabled the app',
  'app.enabled': 'enabled the app',
  'app.verified': 'verified the app',
  'app.unverified': 'took the verified mark away',
  'app.marked_first_party': 'marked the app as first-party',
  'app.unmarked_first_party': 'took the first-party mark away',
  'app.logo_changed': 'changed the logo',
  'app.logo_removed': 'removed the logo',
  'request.made': 'sent the request',
  'policy.changed': 'changed the policy',
  'site.signing_key_made': 'made a key that signs ID tokens',
  'app.grant_ended': 'ended the access of a person',
}

/** Who did it, as the sentence begins with them. What somebody does before they are signed in is their act all the same. */
export function whoWords({ actor, target, action, address, changes }: Told): string {
  if (actor.kind !== 'system') return actor.name
  if (actor.name === 'cli') return 'The command line'
  if (address === null) return 'The server'
  // A password can be tried, and a link asked for, by whoever knows an address.
  if (action === 'user.reset_requested' || (action === 'session.started' && actor.id === null)) return 'Somebody'
  const person = actor.id === target.id ? target.name : changes.person?.[1]
  return typeof person === 'string' ? person : 'The server'
}

interface Told {
  actor: { kind: string; id: string | null; name: string }
  target: { id: string; name: string }
  action: string
  address: string | null
  changes: Record<string, [unknown, unknown]>
}

/** What a changed field is called; a field without a word keeps its own name. */
export const fieldWords: Record<string, string> = {
  label: 'Label',
  thirdParty: 'Third party',
  scopes: 'Scopes',
  note: 'Note',
  hint: 'Key',
  expiresAt: 'Expires',
  allowedAddresses: 'Allowed addresses',
  rateLimitPerMinute: 'Rate limit per minute',
  oldSecretEndsAt: 'Old secret works until',
  reason: 'Reason',
  refusal: 'Refused because',
  website: 'Website',
  app: 'App',
  name: 'Name',
  description: 'Description',
  homepage: 'Homepage',
  kind: 'Kind',
  isPublic: 'Public client',
  redirectUris: 'Redirect URIs',
  grantTypes: 'Grant types',
  accessTtl: 'Access tokens live for (seconds)',
  refreshTtl: 'Refresh tokens live for (seconds)',
  machineTtl: 'Own tokens live for (seconds)',
  verified: 'Verified',
  firstParty: 'The site’s own',
  disabledByAdmin: 'By an admin',
  secretHint: 'Client secret',
  person: 'Person',
  isAdmin: 'Admin',
  sessions: 'Sessions ended',
  email: 'Email',
  unwantedMail: 'Mails switched off',
  maxKeysPerProject: 'Keys per project',
  maxLifetimeDays: 'Longest lifetime (days)',
  expiryRequired: 'Expiry required',
  thirdPartyRequired: 'Third party required',
  withheldScopes: 'Scopes only admins may give',
  addressRanges: 'Address ranges',
  idleDays: 'Idle keys revoked after (days)',
  usageRetentionDays: 'Usage kept for (days)',
  signUp: 'Sign-up',
  requireSecondFactorForAdmins: 'Second factor required for admins',
  role: 'Role',
  keys: 'Keys',
  responsible: 'Responsible',
  proof: 'Proved by',
  factor: 'Second factor',
  factors: 'Second factors',
  identities: 'Linked accounts',
  identity: 'Account elsewhere',
}

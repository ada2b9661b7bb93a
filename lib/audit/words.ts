import type { AuditAction } from './record'

/** What each act is called after the name of who did it: "Mara Lind regenerated the key". */
export const actWords: Record<AuditAction, string> = {
  'user.created': 'created the account',
  'user.disabled': 'disabled the account',
  'user.renamed': 'changed the name',
  'user.password_changed': 'changed the password',
  'user.made_admin': 'made the person an admin',
  'session.started': 'signed in',
  'session.ended': 'signed out',
  'project.created': 'created the project',
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
  'grant.removed': "removed the app's access",
  'grant.family_ended': 'ended tokens of the app after one was used twice',
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
  website: 'Website',
}

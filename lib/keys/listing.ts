/** What a list of keys can be sorted by; with `-` in front for descending. */
export const sortFields = ['createdAt', 'lastUsedAt', 'expiresAt', 'label'] as const

export const keyStatuses = ['active', 'expiring', 'expired', 'revoked'] as const

/** What site admins can keep the list of all keys to. All but the first and the last three mean keys that work. */
export const keyBuckets = [
  'unrevoked',
  'active',
  'expiring',
  'never_used',
  'unused',
  'without_expiry',
  'unassigned',
  'management',
  'admin_scopes',
  'disabled_maker',
  'overlap',
  'expired',
  'revoked',
  'all',
] as const

export type KeyBucket = (typeof keyBuckets)[number]

/** What the board of the admin view counts, in its order. */
export const boardBuckets = [
  'active',
  'expiring',
  'never_used',
  'unused',
  'without_expiry',
  'unassigned',
  'management',
  'admin_scopes',
  'disabled_maker',
  'overlap',
] as const satisfies readonly KeyBucket[]

/** How many keys one step of revoking many ends, in a transaction of its own. */
export const REVOKED_AT_ONCE = 500

/** What a list of keys can be sorted by; with `-` in front for descending. */
export const sortFields = ['createdAt', 'lastUsedAt', 'expiresAt', 'label'] as const

export const keyStatuses = ['active', 'expiring', 'expired', 'revoked'] as const

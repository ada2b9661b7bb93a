/** What a key that is there can break of a policy. */
export const policyRules = ['expiry', 'lifetime', 'thirdParty', 'scopes', 'addresses', 'room', 'idle'] as const

export type PolicyRule = (typeof policyRules)[number]

import 'server-only'
import { seal, unseal } from '@/lib/credentials/seal'
import { cookieName } from '@/lib/session'

/** Whom a provider says somebody is. */
export interface Claim {
  /** See `providerKey`. */
  provider: string
  subject: string
  /** Normalised; null when the provider names none. */
  email: string | null
  emailVerified: boolean
  name: string | null
}

/** The cookie of a claim that waits until its person has signed in and said that it is theirs. */
export const claimCookie = () => cookieName('identity')

/** How long it waits. */
export const CLAIM_MINUTES = 15

const place = 'identity to link'

/** A claim as it can be handed to the browser: it can neither read nor change it. */
export const sealClaim = (claim: Claim): string =>
  seal(JSON.stringify({ claim, until: Date.now() + CLAIM_MINUTES * 60_000 }), place)

/** What `sealClaim` made, while it is good; else null. */
export function readClaim(sealed: string | undefined): Claim | null {
  const text = sealed && unseal(sealed, place)
  if (!text) return null
  const { claim, until } = JSON.parse(text) as { claim: Claim; until: number }
  return until > Date.now() ? claim : null
}

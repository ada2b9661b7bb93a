import type { Action } from '@/components/ui/ask'
import type { Scope } from '@/lib/scopes'
import type { LinkedApp } from '@/lib/third-parties/input'
import type { KeyRow } from './key-row'

/** Null for the secret says: this very dialog did it before, and the answer that held the secret was lost. */
export type Issued = { key: KeyRow; secret: string | null }

/** The third party of a key: known by its id, new by a name (with the id of the app that it is), or none. */
export type ThirdPartyInput = { thirdParty?: string | null; newThirdParty?: string; app?: string }

export interface FormChoices {
  thirdParties: { id: string; name: string }[]
  /** Registered apps that none of them is said to be. */
  apps: LinkedApp[]
  key: EditableKey | null
  /** The site allows the project one more key. */
  room: boolean
}

/** What the edit dialog shows of a key beyond its row. */
export interface EditableKey {
  note: string | null
  allowedAddresses: string[]
  rateLimitPerMinute: number | null
}

/** How many keys that work, and how many apps, a key has made. */
export interface Children {
  keys: number
  apps: number
}

export interface KeyActions {
  readChildrenAction: Action<{ keyId: string }, Children>
  readFormAction: Action<{ slug: string; keyId?: string }, FormChoices>
  createKeyAction: Action<
    ThirdPartyInput & {
      slug: string
      idempotencyKey: string
      label: string
      scopes: Scope[]
      expiresAt?: string
      expiresInDays?: number
    } & EditableKey,
    Issued
  >
  updateKeyAction: Action<
    ThirdPartyInput & { keyId: string; label?: string; scopes?: string[] } & Partial<EditableKey>,
    { key: KeyRow }
  >
  regenerateKeyAction: Action<
    { keyId: string; overlapSeconds: number; endChildren?: boolean; idempotencyKey: string },
    Issued
  >
  endOverlapAction: Action<{ keyId: string }, { key: KeyRow }>
  takeOverKeyAction: Action<{ keyId: string }, { key: KeyRow }>
  revokeKeyAction: Action<{ keyId: string; reason: string | null }, { key: KeyRow }>
}

/** Names one act of one dialog, so that however often it is sent it is done once. */
export function newIdempotencyKey(): string {
  // Not `crypto.randomUUID`, which browsers withhold on plain http.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

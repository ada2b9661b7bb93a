import { toast } from '@/components/ui/toast'
import { type ActionError, errorOf } from '@/lib/action-result'
import type { Scope } from '@/lib/scopes'
import type { LinkedApp } from '@/lib/third-parties/input'
import type { KeyRow } from './key-row'

type Answer<Data> = NonNullable<Parameters<typeof errorOf>[0]> & { data?: Data }

/** A server action as a component sees it. */
export type Action<Input, Data> = (input: Input) => Promise<Answer<Data> | undefined>

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

export interface KeyActions {
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
  regenerateKeyAction: Action<{ keyId: string; overlapSeconds: number; idempotencyKey: string }, Issued>
  endOverlapAction: Action<{ keyId: string }, { key: KeyRow }>
  takeOverKeyAction: Action<{ keyId: string }, { key: KeyRow }>
  revokeKeyAction: Action<{ keyId: string; reason: string | null }, { key: KeyRow }>
}

/** Asks the server, and says why it did not work: refused, or no answer at all. */
export async function ask<Data>(
  answer: Promise<Answer<Data> | undefined>,
): Promise<{ data: Data; error?: undefined } | { error: ActionError; data?: undefined }> {
  const result = await answer.catch(() => undefined)
  if (result?.data !== undefined) return { data: result.data }
  const error = errorOf(result) ?? unanswered
  if (error.code === 'missing_credentials') offerSignIn()
  return { error }
}

/** The session has ended meanwhile: leads to signing in, and from there back to the page. */
function offerSignIn(): void {
  const here = encodeURIComponent(window.location.pathname + window.location.search)
  const onClick = () => window.location.assign(`/sign-in?next=${here}`)
  toast.error('You are signed out.', { action: { label: 'Sign in', onClick }, duration: Number.POSITIVE_INFINITY })
}

const unanswered: ActionError = {
  code: 'unavailable',
  message: 'The server did not answer. Check your connection and try again.',
  errors: {},
}

/** Names one act of one dialog, so that however often it is sent it is done once. */
export function newIdempotencyKey(): string {
  // Not `crypto.randomUUID`, which browsers withhold on plain http.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

import {
  type AuthenticationResponseJSON,
  browserSupportsWebAuthn,
  startAuthentication,
  WebAuthnError,
} from '@simplewebauthn/browser'
import { ask } from '@/components/ui/ask'
import type { ActionAnswer } from '@/lib/action-result'
import type { PasskeyOptionsAction } from './passkey-button'

type Asked =
  | { response: AuthenticationResponseJSON; refused?: undefined }
  | { refused: ActionAnswer; response?: undefined }

/** Asks for a passkey: the server for a challenge, then the browser for an answer. What is refused is refused in words. */
export async function askPasskey(passkeyOptionsAction: PasskeyOptionsAction): Promise<Asked> {
  if (!browserSupportsWebAuthn()) return refuse(noPasskeys)
  const { data, error } = await ask(passkeyOptionsAction())
  if (error) return refuse(error.message)
  try {
    return { response: await startAuthentication({ optionsJSON: data.options }) }
  } catch (error) {
    return refuse(whyNoPasskey(error))
  }
}

const refuse = (message: string): Asked => ({
  refused: { serverError: { code: 'invalid_credentials', message, errors: {} } },
})

export const noPasskeys = 'This browser knows no passkeys here. They need https, or localhost.'

/** What a browser's refusal means to a person. It does not say whether they cancelled or have no passkey. */
export function whyNoPasskey(error: unknown): string {
  if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') {
    return 'There is a passkey of yours on this device already.'
  }
  return 'No passkey was used. Try again, or take another way.'
}

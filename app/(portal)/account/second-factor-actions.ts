'use server'

import { refresh } from 'next/cache'
import { renderSVG } from 'uqr'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { beginAuthenticator, confirmAuthenticator } from '@/lib/second-factor/authenticator'
import { addPasskeySchema, codeSchema } from '@/lib/second-factor/input'
import { addPasskey, beginPasskey } from '@/lib/second-factor/passkeys'
import { renewRecoveryCodes } from '@/lib/second-factor/recovery-codes'
import { removeAuthenticator, removePasskey } from '@/lib/second-factor/remove'

const password = z.string().max(4096).optional()

export const beginAuthenticatorAction = userAction.action(async ({ ctx: { user } }) => {
  const { secret, uri } = await beginAuthenticator(user)
  // As a picture: an element would need markup from the server, which no page takes here.
  return { secret, picture: `data:image/svg+xml,${encodeURIComponent(renderSVG(uri, { border: 2 }))}` }
})

export const confirmAuthenticatorAction = userAction
  .inputSchema(z.strictObject({ code: codeSchema }))
  .action(async ({ parsedInput: { code }, ctx: { user } }) => {
    const codes = await confirmAuthenticator(user, code)
    refresh()
    return { codes }
  })

export const beginPasskeyAction = userAction.action(async ({ ctx: { user } }) => ({
  options: await beginPasskey(user),
}))

export const addPasskeyAction = userAction
  .inputSchema(addPasskeySchema)
  .action(async ({ parsedInput, ctx: { user } }) => {
    const codes = await addPasskey(user, parsedInput)
    refresh()
    return { codes }
  })

/** `passkeyId` is null for the authenticator app. */
export const removeFactorAction = userAction
  .inputSchema(z.strictObject({ passkeyId: z.string().max(2_000).nullable(), password }))
  .action(async ({ parsedInput: { passkeyId, password }, ctx: { user } }) => {
    await (passkeyId === null ? removeAuthenticator(user, password) : removePasskey(user, passkeyId, password))
    refresh()
    return { done: true as const }
  })

export const renewCodesAction = userAction.action(async ({ ctx: { user } }) => {
  const codes = await renewRecoveryCodes(user)
  refresh()
  return { codes }
})

'use server'

import { z } from 'zod'
import { publicAction } from '@/lib/action'
import { enterSession } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { requestOrigin } from '@/lib/request-context'
import { assertionSchema } from '@/lib/second-factor/input'
import { passkeyOptions, signInByPasskey } from '@/lib/second-factor/passkeys'

/** What a browser needs to offer its passkeys of this site. */
export const passkeyOptionsAction = publicAction.action(async () => ({
  options: await passkeyOptions(requestOrigin()),
}))

/** Signs in by what the browser answered. Comes back with where to go: the passkey's dialog was no form. */
export const signInByPasskeyAction = publicAction
  .inputSchema(z.strictObject({ response: assertionSchema, next: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { response, next } }) => {
    await enterSession(await signInByPasskey(requestOrigin(), response))
    return { leave: next }
  })

'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { signOut } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { assertionSchema } from '@/lib/second-factor/input'
import { factorsOf } from '@/lib/second-factor/list'
import { confirmByPasskey, passkeyOptionsFor, passkeysWork } from '@/lib/second-factor/passkeys'
import { confirmByPassword, hasPassword } from '@/lib/users/confirm'

/** By what somebody who is signed in can prove again who they are. */
export const readWaysAction = userAction.action(async ({ ctx: { user } }) => {
  const [password, { passkey }] = await Promise.all([hasPassword(user), factorsOf(user.userId)])
  return { password, passkey: passkey && passkeysWork() }
})

export const confirmByPasswordAction = userAction
  .inputSchema(z.strictObject({ password: z.string().max(4096) }))
  .action(async ({ parsedInput: { password }, ctx: { user } }) => {
    await confirmByPassword(user, password)
    return { done: true as const }
  })

export const ownPasskeyOptionsAction = userAction.action(async ({ ctx: { user } }) => ({
  options: await passkeyOptionsFor(user),
}))

export const confirmByPasskeyAction = userAction
  .inputSchema(z.strictObject({ response: assertionSchema }))
  .action(async ({ parsedInput: { response }, ctx: { user } }) => {
    await confirmByPasskey(user, response)
    return { done: true as const }
  })

/** For downloads: whether one would be refused for an old session. */
export const checkRecentAction = userAction.action(async ({ ctx: { user } }) => {
  await requireRecentSignIn(user)
  return { done: true as const }
})

/** For people without a password and without a passkey. */
export const signInAgainAction = userAction
  .inputSchema(z.strictObject({ next: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { next } }) => {
    await signOut()
    redirect(`/sign-in?next=${encodeURIComponent(next)}`)
  })

'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { signOut } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { confirmByPassword, hasPassword } from '@/lib/users/confirm'

/** By what somebody who is signed in can prove again who they are. */
export const readWaysAction = userAction.action(async ({ ctx: { user } }) => ({ password: await hasPassword(user) }))

export const confirmByPasswordAction = userAction
  .inputSchema(z.strictObject({ password: z.string().max(4096) }))
  .action(async ({ parsedInput: { password }, ctx: { user } }) => {
    await confirmByPassword(user, password)
    return { done: true as const }
  })

/** For people without a password. */
export const signInAgainAction = userAction
  .inputSchema(z.strictObject({ next: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { next } }) => {
    await signOut()
    redirect(`/sign-in?next=${encodeURIComponent(next)}`)
  })

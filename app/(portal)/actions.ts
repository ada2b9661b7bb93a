'use server'

import { redirect } from 'next/navigation'
import { publicAction, userAction } from '@/lib/action'
import { signOut } from '@/lib/auth'
import { resendVerification } from '@/lib/users/verify-email'

/** Ends the session on the server, then leaves. Signing out twice, as from two tabs, is no error. */
export const signOutAction = publicAction.action(async () => {
  await signOut()
  redirect('/')
})

/** Sends another link that proves the address of who is signed in. */
export const resendVerificationAction = userAction.action(({ ctx: { user } }) => resendVerification(user))

'use server'

import { redirect } from 'next/navigation'
import { publicAction } from '@/lib/action'
import { signOut } from '@/lib/auth'

/** Ends the session on the server, then leaves. Signing out twice, as from two tabs, is no error. */
export const signOutAction = publicAction.action(async () => {
  await signOut()
  redirect('/')
})

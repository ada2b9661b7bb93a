'use server'

import { redirect } from 'next/navigation'
import { signOut } from '@/lib/auth'
import { fields } from '@/lib/form'
import { nextPath } from '@/lib/next-path'

/** Signs out, and leads to the request again by way of signing in: as somebody else, or as the same person anew. */
export async function signInAgainAction(form: FormData): Promise<void> {
  await signOut()
  redirect(`/sign-in?next=${encodeURIComponent(nextPath(fields(form, 'next').next))}`)
}

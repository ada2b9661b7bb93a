import { NextResponse } from 'next/server'
import { currentUser, enterRenewed } from '@/lib/auth'
import { env } from '@/lib/env'
import { nextPath } from '@/lib/next-path'

/** Gives a session another id after its person came to another role, and leads back. Pages cannot set cookies. */
export async function GET(request: Request): Promise<Response> {
  const user = await currentUser()
  if (user?.awaitsRenewal) await enterRenewed(user)
  return NextResponse.redirect(new URL(nextPath(new URL(request.url).searchParams.get('next')), env().APP_URL))
}

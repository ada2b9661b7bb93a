import { NextResponse } from 'next/server'
import { currentUser, enterRenewed } from '@/lib/auth'
import { env } from '@/lib/env'
import { nextPath } from '@/lib/next-path'

/**
 * Gives a session another id after its person came to another role, and leads back. Pages cannot set cookies.
 *
 * Only where the browser itself opens the address: after an action Next fetches the page to come from itself, follows
 * it to here, and keeps the answer's cookie from the browser. What fetches gets what is no part of a page, upon which
 * the router opens the address as a whole.
 */
export async function GET(request: Request): Promise<Response> {
  const user = await currentUser()
  if (user?.awaitsRenewal) {
    if (!request.headers.get('accept')?.includes('text/html')) {
      return new Response('', { headers: { 'Content-Type': 'text/html', 'Cache-Control': 'no-store' } })
    }
    await enterRenewed(user)
  }
  return NextResponse.redirect(new URL(nextPath(new URL(request.url).searchParams.get('next')), env().APP_URL))
}

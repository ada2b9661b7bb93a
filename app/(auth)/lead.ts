import { headers } from 'next/headers'
import { redirect } from 'next/navigation'

/**
 * Leads on. A consent page knows its browser by a cookie that is sent to it alone, so the browser itself must ask for it:
 * after a redirect the router would show what the server got by asking for the page in its place.
 */
export async function lead(next: string): Promise<{ leave: string }> {
  const byRouter = (await headers()).has('next-action')
  if (byRouter && next.startsWith('/interaction/')) return { leave: next }
  redirect(next)
}

/** The page of the second step, and from there to `next`. */
export const secondStepPath = (next: string): string =>
  next === '/' ? '/sign-in/second-step' : `/sign-in/second-step?next=${encodeURIComponent(next)}`

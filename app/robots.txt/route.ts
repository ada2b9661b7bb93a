/** Keeps crawlers out: nothing here is for the public. Answered per request, and so also what Next alone costs. */
export const GET = (): Response =>
  new Response('User-agent: *\nDisallow: /\n', { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })

export const dynamic = 'force-dynamic'

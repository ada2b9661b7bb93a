'use server'

import { refresh } from 'next/cache'
import { cookies } from 'next/headers'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { claimCookie, readClaim } from '@/lib/identities/claim'
import { linkIdentity, unlinkIdentity } from '@/lib/identities/link'

const subject = z.string().max(1_000)

/** Links the account that the page has shown; another one by now, as of another tab, is not taken in its place. */
export const linkIdentityAction = userAction
  .inputSchema(z.strictObject({ subject }))
  .action(async ({ parsedInput: { subject }, ctx: { user } }) => {
    const jar = await cookies()
    const claim = readClaim(jar.get(claimCookie())?.value)
    if (claim?.subject !== subject)
      throw new Failure('conflict', 'This took too long. Begin again on the account page.')
    await linkIdentity(user, claim)
    // Browsers let go of a cookie that is bound to the host only when told as it was set.
    jar.delete({ name: claimCookie(), path: '/', secure: env().secure })
    return { done: true as const }
  })

export const unlinkIdentityAction = userAction
  .inputSchema(z.strictObject({ provider: z.string().max(1_000), subject }))
  .action(async ({ parsedInput: { provider, subject }, ctx: { user } }) => {
    await unlinkIdentity(user, provider, subject)
    refresh()
    return { done: true as const }
  })

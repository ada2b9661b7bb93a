'use server'

import { z } from 'zod'
import { publicAction } from '@/lib/action'
import { signInElsewhere } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'

/** Where the browser is to go to sign in elsewhere. It goes there by itself: forms of this site lead nowhere else. */
export const signInElsewhereAction = publicAction
  .inputSchema(z.strictObject({ provider: z.string().max(20), next: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { provider, next } }) => ({ leave: await signInElsewhere(provider, next) }))

'use server'

import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { signInElsewhere } from '@/lib/auth'
import { fields } from '@/lib/form'
import { nextPath } from '@/lib/next-path'

/** Where the browser is to go to sign in elsewhere. It goes there by itself: forms of this site lead nowhere else. */
export async function signInElsewhereAction(_before: FormState, form: FormData): Promise<FormState> {
  const result = await begin(fields(form, 'provider', 'next'))
  return { error: errorOf(result), leave: result.data?.leave }
}

const begin = publicAction
  .inputSchema(z.strictObject({ provider: z.string().max(20), next: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { provider, next } }) => ({ leave: await signInElsewhere(provider, next) }))

'use server'

import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { fields } from '@/lib/form'
import { requestReset } from '@/lib/recovery/reset-password'
import { requestOrigin } from '@/lib/request-context'
import { forgotPasswordSchema } from '@/lib/users/input'

export async function requestResetAction(_before: FormState, form: FormData): Promise<FormState> {
  const { email } = fields(form, 'email')
  const result = await request({ email })
  return { error: errorOf(result), kept: { email: String(email ?? '') } }
}

const request = publicAction.inputSchema(forgotPasswordSchema).action(async ({ parsedInput: { email } }) => {
  await requestReset(requestOrigin(), email)
  redirect('/forgot-password?sent')
})

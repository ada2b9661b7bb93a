'use server'

import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { fields } from '@/lib/form'
import { requestOrigin } from '@/lib/request-context'
import { resetPasswordSchema } from '@/lib/users/input'
import { resetPassword } from '@/lib/users/reset-password'

export async function resetPasswordAction(_before: FormState, form: FormData): Promise<FormState> {
  return { error: errorOf(await reset(fields(form, 'token', 'newPassword'))) }
}

const reset = publicAction.inputSchema(resetPasswordSchema).action(async ({ parsedInput }) => {
  await resetPassword(requestOrigin(), parsedInput)
  redirect('/reset-password?done')
})

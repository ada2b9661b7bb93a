'use server'

import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { fields } from '@/lib/form'
import { requestOrigin } from '@/lib/request-context'
import { verifyEmailSchema } from '@/lib/users/input'
import { proveAddress } from '@/lib/users/verify-email'

export async function proveAddressAction(_before: FormState, form: FormData): Promise<FormState> {
  return { error: errorOf(await prove(fields(form, 'token'))) }
}

const prove = publicAction.inputSchema(verifyEmailSchema).action(async ({ parsedInput: { token } }) => {
  const { isNew } = await proveAddress(requestOrigin(), token)
  redirect(`/verify-email?done=${isNew ? 'changed' : 'verified'}`)
})

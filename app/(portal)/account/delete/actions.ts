'use server'

import type { FormState } from '@/components/ui/use-form'
import { userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { deleteAccount } from '@/lib/deletion/delete-account'
import { deleteAccountSchema } from '@/lib/deletion/input'
import { fields } from '@/lib/form'

/** Ends the account that asks; the browser then goes on by itself, past whatever the router still holds of it. */
export async function deleteAccountAction(_before: FormState, form: FormData): Promise<FormState> {
  const { email, password } = fields(form, 'email', 'password')
  // Whose account has no password is asked for none.
  const result = await end({ email, password: password ?? '' })
  return result?.data ? { error: null, leave: '/' } : { error: errorOf(result), kept: { email } }
}

const end = userAction.inputSchema(deleteAccountSchema).action(async ({ parsedInput, ctx: { user } }) => {
  await deleteAccount(user, parsedInput)
  return { done: true }
})

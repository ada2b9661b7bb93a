'use server'

import { refresh } from 'next/cache'
import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { fields } from '@/lib/form'
import { resetPassword } from '@/lib/recovery/reset-password'
import { requestOrigin } from '@/lib/request-context'
import { resetPasswordSchema } from '@/lib/users/input'

/** The fields of the form: `key.ID` says what becomes of a key that was listed, `others` what of all the rest. */
export async function resetPasswordAction(_before: FormState, form: FormData): Promise<FormState> {
  const { token, newPassword, shown, others } = fields(form, 'token', 'newPassword', 'shown', 'others')
  const names = typeof shown === 'string' && shown ? shown.split(',').map((id) => `key.${id}`) : []
  const chosen = fields(form, ...names)
  const undecided = names.filter((name) => chosen[name] === null)
  const kept = Object.fromEntries(
    [...names, 'others'].map((name) => [name, String((name === 'others' ? others : chosen[name]) ?? '')]),
  )
  if (undecided.length > 0) {
    const errors = Object.fromEntries(undecided.map((name) => [name, ['Choose Keep or Revoke.']]))
    const message = 'Choose for each key whether it goes on working.'
    return { error: { code: 'validation_failed', message, errors }, kept }
  }
  const fates = Object.fromEntries(names.map((name) => [name.slice('key.'.length), chosen[name]]))
  const result = await reset({ token, newPassword, fates, others } as Parameters<typeof reset>[0])
  const error = errorOf(result)
  if (!error) redirect('/reset-password?done')
  return { error, kept }
}

const reset = publicAction
  .inputSchema(resetPasswordSchema)
  .action(async ({ parsedInput: { token, newPassword, fates, others } }) => {
    // A key that was made meanwhile is then in the list.
    refresh()
    const keys = { fates: new Map(Object.entries(fates)), others }
    await resetPassword(requestOrigin(), { token, newPassword, keys })
  })

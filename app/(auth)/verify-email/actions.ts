'use server'

import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { publicAction, userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { enterSession } from '@/lib/auth'
import { fields } from '@/lib/form'
import { requestOrigin } from '@/lib/request-context'
import { finishSignUpSchema, verifyEmailSchema } from '@/lib/users/input'
import { finishSignUp, signUpCookie } from '@/lib/users/sign-up'
import { proveAddress } from '@/lib/users/verify-email'
import { lead } from '../lead'

export async function proveAddressAction(_before: FormState, form: FormData): Promise<FormState> {
  return { error: errorOf(await prove(fields(form, 'token'))) }
}

/** Makes the account that a link is for, and signs in to it. */
export async function finishSignUpAction(_before: FormState, form: FormData): Promise<FormState> {
  const { token, password } = fields(form, 'token', 'password')
  const result = await finish({ token, password: password ?? '' })
  return { error: errorOf(result), leave: result.data?.leave }
}

const prove = userAction.inputSchema(verifyEmailSchema).action(async ({ parsedInput: { token }, ctx: { user } }) => {
  const { isNew } = await proveAddress(user, token)
  redirect(`/verify-email?done=${isNew ? 'changed' : 'verified'}`)
})

const finish = publicAction.inputSchema(finishSignUpSchema).action(async ({ parsedInput: { token, password } }) => {
  const jar = await cookies()
  const secret = jar.get(signUpCookie())?.value
  const { next, ...session } = await finishSignUp(requestOrigin(), { token, secret, password })
  jar.delete({ name: signUpCookie(), path: '/', secure: signUpCookie().startsWith('__Host-') })
  await enterSession(session)
  return lead(next)
})

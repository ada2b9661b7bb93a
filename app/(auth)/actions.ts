'use server'

import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { type ActionAnswer, errorOf } from '@/lib/action-result'
import { signIn } from '@/lib/auth'
import { fields } from '@/lib/form'
import { nextPath } from '@/lib/next-path'
import { requestOrigin } from '@/lib/request-context'
import { signUp } from '@/lib/users/create'
import { setUpFirstAdmin } from '@/lib/users/first-admin'
import { setUpSchema, signInSchema, signUpSchema } from '@/lib/users/input'
import { requestSignUp, SIGN_UP_SECONDS, signsUpByMail, signUpCookie } from '@/lib/users/sign-up'
import { lead, secondStepPath } from './lead'

const next = z.unknown().transform(nextPath)

export async function signInAction(_before: FormState, form: FormData): Promise<FormState> {
  return answer(form, await enter(fields(form, 'email', 'password', 'next')))
}

export async function signUpAction(_before: FormState, form: FormData): Promise<FormState> {
  return answer(form, await join(fields(form, 'name', 'email', 'password', 'next')))
}

export async function setUpAction(_before: FormState, form: FormData): Promise<FormState> {
  return answer(form, await setUp(fields(form, 'name', 'email', 'password', 'token')))
}

const enter = publicAction
  .inputSchema(signInSchema.extend({ next }))
  .action(async ({ parsedInput: { email, password, next } }) => {
    const { secondStep } = await signIn(email, password)
    if (secondStep) redirect(secondStepPath(next))
    return lead(next)
  })

const join = publicAction
  .inputSchema(signUpSchema.extend({ next }))
  .action(async ({ parsedInput: { next, ...input } }) => {
    if (signsUpByMail()) {
      const { secret } = await requestSignUp(requestOrigin(), input, next)
      const secure = signUpCookie().startsWith('__Host-')
      const options = { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: SIGN_UP_SECONDS } as const
      ;(await cookies()).set(signUpCookie(), secret, options)
      redirect('/sign-up?sent')
    }
    await signUp(requestOrigin(), input)
    await signIn(input.email, input.password)
    return lead(next)
  })

const setUp = publicAction.inputSchema(setUpSchema).action(async ({ parsedInput }) => {
  await setUpFirstAdmin(requestOrigin(), parsedInput)
  await signIn(parsedInput.email, parsedInput.password)
  redirect('/')
})

/** Comes to this when the act was refused, or the browser is to go on by itself: any other good one redirects. */
function answer(form: FormData, result: (ActionAnswer & { data?: { leave: string } }) | undefined): FormState {
  if (result?.data) return { error: null, leave: result.data.leave }
  const { name, email } = fields(form, 'name', 'email')
  return { error: errorOf(result), kept: { name: String(name ?? ''), email: String(email ?? '') } }
}

'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { publicAction, userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { enterRenewed, signIn, signOut } from '@/lib/auth'
import { fields } from '@/lib/form'
import { acceptInvitation, signUpByInvitation } from '@/lib/invitations/accept'
import { invitedSignUpSchema } from '@/lib/invitations/input'
import { nextPath } from '@/lib/next-path'
import { requestOrigin } from '@/lib/request-context'

const token = z.string().max(100)

/** Answers only when it was refused: a project that one has joined is opened. */
export async function acceptAction(_before: FormState, form: FormData): Promise<FormState> {
  return { error: errorOf(await accept(fields(form, 'token'))) }
}

export async function signUpInvitedAction(_before: FormState, form: FormData): Promise<FormState> {
  const input = fields(form, 'token', 'name', 'password')
  return { error: errorOf(await join(input)), kept: { name: input.name } }
}

/** Leaves the account that is signed in: the invitation then offers to sign in with another one, or to make it. */
export async function signOutHereAction(form: FormData): Promise<void> {
  await leave(fields(form, 'here'))
}

const accept = userAction.inputSchema(z.strictObject({ token })).action(async ({ parsedInput, ctx: { user } }) => {
  const { slug } = await acceptInvitation(user, parsedInput.token)
  await enterRenewed(user)
  revalidatePath('/', 'layout')
  redirect(`/projects/${slug}/keys`)
})

const join = publicAction.inputSchema(invitedSignUpSchema.extend({ token })).action(async ({ parsedInput }) => {
  const { email, slug } = await signUpByInvitation(requestOrigin(), parsedInput)
  await signIn(email, parsedInput.password)
  redirect(`/projects/${slug}/keys`)
})

const leave = publicAction
  .inputSchema(z.strictObject({ here: z.unknown().transform(nextPath) }))
  .action(async ({ parsedInput: { here } }) => {
    await signOut()
    redirect(here)
  })

'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { enterUnder } from '@/lib/auth'
import { everyField, fields } from '@/lib/form'
import { type OptionalKind, optionalKinds, type RequestedKind, requestedKinds } from '@/lib/mail/templates'
import { endSession, signOutElsewhere } from '@/lib/sessions/end'
import { cancelEmailChange, requestEmailChange } from '@/lib/users/change-email'
import { changePassword } from '@/lib/users/change-password'
import { changeEmailSchema, changePasswordSchema, renameSchema, wantedMailSchema } from '@/lib/users/input'
import { setMailChoices } from '@/lib/users/mail-preferences'
import { renameUser } from '@/lib/users/rename'

export async function renameAction(_before: FormState, form: FormData): Promise<FormState> {
  const { name } = fields(form, 'name')
  const result = await rename({ name })
  return { error: errorOf(result), kept: { name }, done: result.data?.done }
}

export async function changePasswordAction(_before: FormState, form: FormData): Promise<FormState> {
  const result = await change(fields(form, 'currentPassword', 'newPassword'))
  return { error: errorOf(result), done: result.data?.done }
}

export async function changeEmailAction(_before: FormState, form: FormData): Promise<FormState> {
  const { email } = fields(form, 'email')
  const result = await changeEmail({ email })
  return { error: errorOf(result), kept: { email }, done: result.data?.done }
}

export async function setMailAction(_before: FormState, form: FormData): Promise<FormState> {
  const result = await setMail({ wanted: everyField(form, 'wanted') as (OptionalKind | RequestedKind)[] })
  return { error: errorOf(result), done: result.data?.done }
}

export const endSessionAction = userAction
  .inputSchema(z.strictObject({ id: z.string().max(100) }))
  .action(async ({ parsedInput: { id }, ctx: { user } }) => {
    await endSession(user, id)
    refresh()
  })

export const signOutElsewhereAction = userAction.action(async ({ ctx: { user } }) => {
  const ended = await signOutElsewhere(user)
  refresh()
  return { ended }
})

export const cancelEmailChangeAction = userAction.action(async ({ ctx: { user } }) => {
  await cancelEmailChange(user)
  refresh()
  return { done: true as const }
})

const rename = userAction.inputSchema(renameSchema).action(async ({ parsedInput: { name }, ctx: { user } }) => {
  await renameUser(user, name)
  refresh()
  return { done: 'Your name was changed.' }
})

const changeEmail = userAction.inputSchema(changeEmailSchema).action(async ({ parsedInput, ctx: { user } }) => {
  await requestEmailChange(user, parsedInput.email)
  refresh()
  return { done: `A link is on its way to ${parsedInput.email}. Open it to confirm.` }
})

const setMail = userAction.inputSchema(wantedMailSchema).action(async ({ parsedInput: { wanted }, ctx: { user } }) => {
  await setMailChoices(user, {
    unwanted: optionalKinds.filter((kind) => !wanted.includes(kind)),
    wanted: requestedKinds.filter((kind) => wanted.includes(kind)),
  })
  refresh()
  return { done: 'Saved.' }
})

const change = userAction.inputSchema(changePasswordSchema).action(async ({ parsedInput, ctx: { user } }) => {
  const { sessionId, ended } = await changePassword(user, parsedInput)
  await enterUnder(user, sessionId)
  refresh()
  const elsewhere = ended === 1 ? ' One other session was signed out.' : ` ${ended} other sessions were signed out.`
  return { done: `Your password was changed.${ended > 0 ? elsewhere : ''}` }
})

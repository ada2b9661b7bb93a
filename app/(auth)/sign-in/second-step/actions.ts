'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { publicAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { enterSession, halfSignedIn, signOut } from '@/lib/auth'
import { Failure } from '@/lib/errors'
import { fields } from '@/lib/form'
import { nextPath } from '@/lib/next-path'
import { assertionSchema, codeSchema } from '@/lib/second-factor/input'
import { finishByPasskey, passkeyOptionsFor } from '@/lib/second-factor/passkeys'
import { finishByCode } from '@/lib/second-factor/prove'
import { lead } from '../../lead'

const next = z.unknown().transform(nextPath)

export async function codeAction(_before: FormState, form: FormData): Promise<FormState> {
  const result = await byCode(fields(form, 'code', 'next'))
  if (result.data) return { error: null, leave: result.data.leave }
  return { error: errorOf(result) }
}

/** Leads to the sign-in page, for somebody else or for another password. */
export async function startOverAction(): Promise<void> {
  await signOut()
  redirect('/sign-in')
}

/** For those who gave the right password: `ctx.half`. */
const halfAction = publicAction.use(async ({ next }) => {
  const half = await halfSignedIn()
  if (!half) throw new Failure('missing_credentials', 'This took too long. Sign in again.')
  return next({ ctx: { half } })
})

const byCode = halfAction
  .inputSchema(z.object({ code: codeSchema, next }))
  .action(async ({ parsedInput: { code, next }, ctx: { half } }) => {
    await enterSession({ userId: half.userId, sessionId: await finishByCode(half, code) })
    return lead(next)
  })

export const ownPasskeyOptionsAction = halfAction.action(async ({ ctx: { half } }) => ({
  options: await passkeyOptionsFor(half),
}))

export const finishByPasskeyAction = halfAction
  .inputSchema(z.strictObject({ response: assertionSchema, next }))
  .action(async ({ parsedInput: { response, next }, ctx: { half } }) => {
    await enterSession({ userId: half.userId, sessionId: await finishByPasskey(half, response) })
    return { leave: next }
  })

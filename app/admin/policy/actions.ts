'use server'

import { revalidatePath } from 'next/cache'
import { adminAction } from '@/lib/action'
import { listBreaches } from '@/lib/keys/list-breaches'
import { policySchema } from '@/lib/policy/input'
import { readPolicy } from '@/lib/policy/read'
import { changePolicy } from '@/lib/site/change-policy'

const change = policySchema.partial()

/** Which keys would break the policy with this change. Changes nothing. */
export const previewPolicyAction = adminAction
  .inputSchema(change)
  .action(async ({ parsedInput, ctx: { user } }) => listBreaches(user, { ...(await readPolicy()), ...parsedInput }))

export const changePolicyAction = adminAction.inputSchema(change).action(async ({ parsedInput, ctx: { user } }) => {
  await changePolicy(user, parsedInput)
  revalidatePath('/', 'layout')
  return { done: true as const }
})

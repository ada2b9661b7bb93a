'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { adminAction } from '@/lib/action'
import type { SessionActor } from '@/lib/actor'
import { disableUser } from '@/lib/users/disable'
import { enableUser } from '@/lib/users/enable'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'
import { resetSecondFactor } from '@/lib/users/reset-second-factor'
import { signOutEverywhere } from '@/lib/users/sign-out-everywhere'

// By id only: an address that is typed elsewhere is no way in.
const input = z.strictObject({ userId: z.string().regex(/^[0-9A-Za-z]{1,64}$/, 'Is not an id.') })

const acting = (verb: (actor: SessionActor, userId: string) => Promise<unknown>) =>
  adminAction.inputSchema(input).action(async ({ parsedInput: { userId }, ctx: { user } }) => {
    await verb(user, userId)
    revalidatePath('/admin', 'layout')
    return { done: true as const }
  })

export const makeAdminAction = acting(makeAdmin)
export const removeAdminAction = acting(removeAdmin)
export const disableUserAction = acting(disableUser)
export const enableUserAction = acting(enableUser)
export const signOutEverywhereAction = acting(signOutEverywhere)
export const resetSecondFactorAction = acting(resetSecondFactor)

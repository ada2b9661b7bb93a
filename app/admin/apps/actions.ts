'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { adminAction } from '@/lib/action'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { updateAppSchema } from '@/lib/apps/input'
import { markApp } from '@/lib/apps/mark'
import { renameApp } from '@/lib/apps/update'

const clientId = z.string().max(100)

export const markAction = adminAction
  .inputSchema(
    z.strictObject({
      clientId,
      verified: z.boolean().optional(),
      seen: z.string().max(100).optional(),
      firstParty: z.boolean().optional(),
    }),
  )
  .action(async ({ parsedInput: { clientId, ...marks }, ctx: { user } }) => {
    await markApp(user, clientId, marks)
    return done()
  })

export const renameAction = adminAction
  .inputSchema(updateAppSchema.pick({ name: true }).required().extend({ clientId }))
  .action(async ({ parsedInput: { clientId, name }, ctx: { user } }) => {
    await renameApp(user, clientId, name)
    return done()
  })

export const disableAction = adminAction
  .inputSchema(z.strictObject({ clientId }))
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    await disableApp(user, clientId, { asAdmin: true })
    return done()
  })

export const enableAction = adminAction
  .inputSchema(z.strictObject({ clientId }))
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    await enableApp(user, clientId, { asAdmin: true })
    return done()
  })

function done() {
  revalidatePath('/admin', 'layout')
  return { done: true as const }
}

'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { adminAction } from '@/lib/action'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { markApp } from '@/lib/apps/mark'

const clientId = z.string().max(100)

export const markAction = adminAction
  .inputSchema(z.strictObject({ clientId, verified: z.boolean().optional(), firstParty: z.boolean().optional() }))
  .action(async ({ parsedInput: { clientId, ...marks }, ctx: { user } }) => {
    await markApp(user, clientId, marks)
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

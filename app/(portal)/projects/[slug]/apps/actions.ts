'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { toAppRow } from '@/components/apps/app-row'
import { userAction } from '@/lib/action'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { endGrantForApp } from '@/lib/apps/end-grant'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'
import { registerAppSchema, rotateSecretSchema, updateAppSchema } from '@/lib/apps/input'
import { registerApp } from '@/lib/apps/register'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { removeLogo } from '@/lib/apps/set-logo'
import { takeOverApp } from '@/lib/apps/take-over'
import { updateApp } from '@/lib/apps/update'
import { findProject } from '@/lib/projects/find'

const clientId = z.string().max(100)
const oneApp = z.strictObject({ clientId })

export const registerAction = userAction
  .inputSchema(registerAppSchema.extend({ slug: z.string().max(100) }))
  .action(async ({ parsedInput: { slug, ...input }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    const { app, secret } = await registerApp(user, project.id, input)
    revalidateApps()
    return { app: toAppRow(app), secret: secret?.reveal() ?? null }
  })

/** Changes what an app says of itself; what is left out stays. */
export const updateAction = userAction
  .inputSchema(updateAppSchema.extend({ clientId }))
  .action(async ({ parsedInput: { clientId, ...input }, ctx: { user } }) => {
    const app = await updateApp(user, clientId, input)
    revalidateApps()
    return { app: toAppRow(app) }
  })

export const rotateSecretAction = userAction
  .inputSchema(rotateSecretSchema.extend({ clientId }))
  .action(async ({ parsedInput: { clientId, overlapSeconds }, ctx: { user } }) => {
    const { app, secret } = await rotateClientSecret(user, clientId, { overlapSeconds })
    revalidateApps()
    return { app: toAppRow(app), secret: secret.reveal() }
  })

export const endOverlapAction = userAction
  .inputSchema(oneApp)
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    const app = await endClientSecretOverlap(user, clientId)
    revalidateApps()
    return { app: toAppRow(app) }
  })

export const disableAction = userAction
  .inputSchema(oneApp)
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    const app = await disableApp(user, clientId)
    revalidateApps()
    return { app: toAppRow(app) }
  })

export const enableAction = userAction
  .inputSchema(oneApp)
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    const app = await enableApp(user, clientId)
    revalidateApps()
    return { app: toAppRow(app) }
  })

/** For an app whose person has left: its own tokens are accepted again. */
export const takeOverAction = userAction
  .inputSchema(oneApp)
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    const app = await takeOverApp(user, clientId)
    revalidateApps()
    return { app: toAppRow(app) }
  })

export const removeLogoAction = userAction
  .inputSchema(oneApp)
  .action(async ({ parsedInput: { clientId }, ctx: { user } }) => {
    const app = await removeLogo(user, clientId)
    revalidateApps()
    return { app: toAppRow(app) }
  })

export const endGrantAction = userAction
  .inputSchema(z.strictObject({ clientId, grantId: z.string().max(100) }))
  .action(async ({ parsedInput: { clientId, grantId }, ctx: { user } }) => {
    await endGrantForApp(user, clientId, grantId)
    revalidateApps()
    return { ended: true as const }
  })

/** The table and the pages of each app. */
function revalidateApps(): void {
  revalidatePath('/projects/[slug]/apps', 'layout')
}

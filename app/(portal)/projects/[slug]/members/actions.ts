'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { inviteSchema } from '@/lib/invitations/input'
import { sendInvitation } from '@/lib/invitations/send'
import { withdrawInvitation } from '@/lib/invitations/withdraw'
import { changeRole } from '@/lib/members/change-role'
import { keptKeysSchema, roleSchema } from '@/lib/members/input'
import { removeMember } from '@/lib/members/remove'
import { findProject } from '@/lib/projects/find'

const slug = z.string().max(100)
const id = z.string().max(100)

export const inviteAction = userAction
  .inputSchema(inviteSchema.extend({ slug }))
  .action(async ({ parsedInput: { slug, ...input }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    const { email } = await sendInvitation(user, project.id, input)
    refresh()
    return { email }
  })

export const withdrawAction = userAction
  .inputSchema(z.strictObject({ id }))
  .action(async ({ parsedInput: { id }, ctx: { user } }) => {
    await withdrawInvitation(user, id)
    refresh()
    return { done: true as const }
  })

export const changeRoleAction = userAction
  .inputSchema(z.strictObject({ slug, userId: id, role: roleSchema }))
  .action(async ({ parsedInput: { slug, userId, role }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    await changeRole(user, project.id, userId, role)
    refresh()
    return { done: true as const }
  })

export const removeAction = userAction
  .inputSchema(z.strictObject({ slug, userId: id, keys: keptKeysSchema }))
  .action(async ({ parsedInput: { slug, userId, keys }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    const ended = await removeMember(user, project.id, userId, { keys })
    refresh()
    return ended
  })

'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import type { FormState } from '@/components/ui/use-form'
import { userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { deleteProject } from '@/lib/deletion/delete-project'
import { deleteProjectSchema } from '@/lib/deletion/input'
import { fields } from '@/lib/form'
import { leaveProject } from '@/lib/members/leave'
import { findProject } from '@/lib/projects/find'
import { projectSchema } from '@/lib/projects/input'
import { renameProject } from '@/lib/projects/rename'

const slug = z.string().max(100)

export async function renameProjectAction(_before: FormState, form: FormData): Promise<FormState> {
  const { slug, name } = fields(form, 'slug', 'name')
  const result = await rename({ slug, name })
  return { error: errorOf(result), kept: { name: String(name ?? '') }, done: result.data?.done }
}

// The browser goes on by itself, past what the router holds of a project that is no longer there.

export const leaveProjectAction = userAction
  .inputSchema(z.strictObject({ slug }))
  .action(async ({ parsedInput: { slug }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    await leaveProject(user, project.id)
    return { leave: '/' }
  })

export const deleteProjectAction = userAction
  .inputSchema(deleteProjectSchema.extend({ slug }))
  .action(async ({ parsedInput: { slug, name }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    await deleteProject(user, project.id, { name })
    return { leave: '/' }
  })

const rename = userAction
  .inputSchema(projectSchema.extend({ slug }))
  .action(async ({ parsedInput: { slug, name }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    await renameProject(user, project.id, { name })
    // The switcher stands around every page.
    revalidatePath('/', 'layout')
    return { done: 'The name was changed.' }
  })

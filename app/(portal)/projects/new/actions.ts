'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import type { FormState } from '@/components/ui/use-form'
import { userAction } from '@/lib/action'
import { errorOf } from '@/lib/action-result'
import { enterRenewed } from '@/lib/auth'
import { fields } from '@/lib/form'
import { createProject } from '@/lib/projects/create'
import { projectSchema } from '@/lib/projects/input'

/** Answers only when it was refused: a new project is opened. */
export async function createProjectAction(_before: FormState, form: FormData): Promise<FormState> {
  const { name } = fields(form, 'name')
  return { error: errorOf(await create({ name })), kept: { name: String(name ?? '') } }
}

const create = userAction.inputSchema(projectSchema).action(async ({ parsedInput, ctx: { user } }) => {
  const { slug } = await createProject(user, parsedInput)
  await enterRenewed(user)
  // The switcher stands around every page.
  revalidatePath('/', 'layout')
  redirect(`/projects/${slug}/keys`)
})

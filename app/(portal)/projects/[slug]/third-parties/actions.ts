'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import { userAction } from '@/lib/action'
import { findProject } from '@/lib/projects/find'
import { createThirdParty } from '@/lib/third-parties/create'
import { appIdSchema, createThirdPartySchema } from '@/lib/third-parties/input'
import { updateThirdParty } from '@/lib/third-parties/update'

const id = z.string().max(100)

export const addThirdPartyAction = userAction
  .inputSchema(typed(createThirdPartySchema.extend({ project: id })))
  .action(async ({ parsedInput: { project: slug, ...input }, ctx: { user } }) => {
    const project = await findProject(user, slug)
    const thirdParty = await createThirdParty(user, project.id, input)
    refresh()
    return thirdParty
  })

export const editThirdPartyAction = userAction
  .inputSchema(typed(createThirdPartySchema.extend({ id })))
  .action(async ({ parsedInput: { id, ...input }, ctx: { user } }) => {
    const thirdParty = await updateThirdParty(user, id, input)
    refresh()
    return thirdParty
  })

/** Says that a third party is the app that its website belongs to. */
export const linkAppAction = userAction
  .inputSchema(z.strictObject({ id, app: appIdSchema }))
  .action(async ({ parsedInput: { id, app }, ctx: { user } }) => {
    const thirdParty = await updateThirdParty(user, id, { app })
    refresh()
    return thirdParty
  })

/** As a form sends it: a field left empty is something that nobody knows. */
function typed<Schema extends z.ZodType>(schema: Schema) {
  const emptyIsNull = ([name, value]: [string, unknown]) => [name, value === '' && name !== 'name' ? null : value]
  return z.preprocess((input) => Object.fromEntries(Object.entries(input ?? {}).map(emptyIsNull)), schema)
}

'use server'

import { z } from 'zod'
import { userAction } from '@/lib/action'
import { disconnect } from '@/lib/connections/disconnect'
import { disconnectSchema } from '@/lib/connections/input'
import { narrowGrant } from '@/lib/grants/narrow'
import { removeGrant } from '@/lib/grants/remove'

const id = z.string().max(100)

// None of these draws the page again: what ended may have been all that a page was about. The page decides where to go.

/** Ends all that the dialog listed, at once. */
export const disconnectAction = userAction
  .inputSchema(disconnectSchema)
  .action(({ parsedInput, ctx: { user } }) => disconnect(user, parsedInput))

/** Ends one key or grant. */
export const removeAccessAction = userAction
  .inputSchema(z.strictObject({ kind: z.enum(['key', 'grant']), id }))
  .action(async ({ parsedInput: { kind, id }, ctx: { user } }) => {
    if (kind === 'grant') await removeGrant(user, id)
    else await disconnect(user, { keyIds: [id], grantIds: [] })
    return { removed: true as const }
  })

/** Takes scopes away from a grant; those sent stay. */
export const narrowAction = userAction
  .inputSchema(z.strictObject({ grantId: id, scopes: z.array(id).min(1, 'Remove the access instead.').max(100) }))
  .action(async ({ parsedInput: { grantId, scopes }, ctx: { user } }) => ({
    scopes: await narrowGrant(user, grantId, scopes),
  }))

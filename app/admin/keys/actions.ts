'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { toKeyRow } from '@/components/keys/key-row'
import { adminAction } from '@/lib/action'
import { countChildren } from '@/lib/keys/children'
import { findKey } from '@/lib/keys/find'
import { revokeKeySchema } from '@/lib/keys/input'
import { revokeKey } from '@/lib/keys/revoke'

export const revokeKeyAction = adminAction
  .inputSchema(revokeKeySchema.extend({ keyId: z.string().max(100) }))
  .action(async ({ parsedInput: { keyId, reason }, ctx: { user } }) => {
    const key = await revokeKey(user, keyId, { reason: reason || null, asAdmin: true })
    revalidatePath('/admin', 'layout')
    return { key: toKeyRow(key) }
  })

/** What stops together with a key of any project. */
export const readChildrenAction = adminAction
  .inputSchema(z.strictObject({ keyId: z.string().max(100) }))
  .action(({ parsedInput: { keyId }, ctx: { user } }) => countChildren(user, keyId, { asAdmin: true }))

/** Whose a key is that was pasted whole. It travels in the body of this call, and nowhere else. */
export const findKeyAction = adminAction
  .inputSchema(z.strictObject({ key: z.string().max(200) }))
  .action(({ parsedInput: { key }, ctx: { user } }) => findKey(user, key))

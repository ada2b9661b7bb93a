'use server'

import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { toKeyRow } from '@/components/keys/key-row'
import { userAction } from '@/lib/action'
import { isFailure } from '@/lib/errors'
import { countChildren } from '@/lib/keys/children'
import { createKey } from '@/lib/keys/create'
import { endOverlap } from '@/lib/keys/end-overlap'
import { getKey } from '@/lib/keys/get'
import { hasRoom } from '@/lib/keys/has-room'
import { idempotencyOf } from '@/lib/keys/idempotency'
import { createKeySchema, regenerateKeySchema, revokeKeySchema, updateKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { takeOverKey } from '@/lib/keys/take-over'
import { updateKey } from '@/lib/keys/update'
import { findProject } from '@/lib/projects/find'
import { lineSchema } from '@/lib/text'
import { listLinkableApps } from '@/lib/third-parties/apps'
import { appIdSchema } from '@/lib/third-parties/input'
import { listThirdParties } from '@/lib/third-parties/list'

const slug = z.string().max(100)
const keyId = z.string().max(100)
const idempotencyKey = z.string().max(100)
const blocks = createKeySchema.shape.allowedAddresses
/** In the form all addresses are one field: what is wrong with one of them is said of the field. */
const allowedAddresses = z.array(z.string()).transform((lines, context) => {
  const { data, error } = blocks.safeParse(lines)
  for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
  return data ?? z.NEVER
})
const newThirdParty = lineSchema({ what: 'Third party' }).optional()
/** The registered app that the new third party is. */
const app = appIdSchema.optional()

/** What the forms offer and what an edit begins with, read when a dialog opens: the table's page does not carry it. */
export const readFormAction = userAction
  .inputSchema(z.strictObject({ slug, keyId: keyId.optional() }))
  .action(async ({ parsedInput: input, ctx: { user } }) => {
    const project = await findProject(user, input.slug)
    const [thirdParties, apps, room] = await Promise.all([
      listThirdParties(user, project.id),
      listLinkableApps(user, project.id),
      hasRoom(user, project.id),
    ])
    const key = input.keyId ? await getKey(user, input.keyId) : null
    return {
      thirdParties: thirdParties.map(({ id, name }) => ({ id, name })),
      apps: apps.filter((each) => !thirdParties.some(({ app }) => app?.id === each.id)),
      room,
      key: key && {
        note: key.note,
        allowedAddresses: key.allowedAddresses,
        rateLimitPerMinute: key.rateLimitPerMinute,
      },
    }
  })

/** What stops together with a key, for the dialogs that ask before. */
export const readChildrenAction = userAction
  .inputSchema(z.strictObject({ keyId }))
  .action(async ({ parsedInput, ctx: { user } }) => countChildren(user, parsedInput.keyId))

/** Makes a key. A dialog makes one at most: asked again, it answers which key it made, without the secret. */
export const createKeyAction = userAction
  .inputSchema(
    createKeySchema.extend({
      slug,
      idempotencyKey,
      thirdParty: z.string().max(64).nullish(),
      newThirdParty,
      app,
      allowedAddresses,
      // Counted by the server's clock, which the reader's may not agree with.
      expiresInDays: z.int().min(1).max(3650).optional(),
    }),
  )
  .action(async ({ parsedInput, ctx: { user } }) => {
    const { slug, idempotencyKey, newThirdParty, app, expiresInDays, ...input } = parsedInput
    const project = await findProject(user, slug)
    if (newThirdParty !== undefined) Object.assign(input, { thirdParty: { name: newThirdParty, app } })
    if (expiresInDays !== undefined) input.expiresAt = new Date(Date.now() + expiresInDays * 86_400_000)
    try {
      const idempotency = idempotencyOf(idempotencyKey, { dialog: 'create', projectId: project.id })
      const { key, secret } = await createKey(user, project.id, input, { idempotency })
      revalidateKeys()
      return { key: toKeyRow(key), secret: secret.reveal() }
    } catch (error) {
      const key = toKeyRow(await getKey(user, earlierKey(error)))
      revalidateKeys()
      return { key, secret: null }
    }
  })

/** Changes what is said of a key; what is left out stays. */
export const updateKeyAction = userAction
  .inputSchema(
    updateKeySchema.extend({
      keyId,
      thirdParty: z.string().max(64).nullish(),
      newThirdParty,
      app,
      allowedAddresses: allowedAddresses.optional(),
    }),
  )
  .action(async ({ parsedInput: { keyId, newThirdParty, app, ...input }, ctx: { user } }) => {
    const change = newThirdParty === undefined ? input : { ...input, thirdParty: { name: newThirdParty, app } }
    const key = await updateKey(user, keyId, change)
    revalidateKeys()
    return { key: toKeyRow(key) }
  })

/** Gives a key a new secret; asked again by the same dialog, it answers without one. */
export const regenerateKeyAction = userAction
  .inputSchema(regenerateKeySchema.extend({ keyId, idempotencyKey }))
  .action(async ({ parsedInput: { keyId, idempotencyKey, ...input }, ctx: { user } }) => {
    try {
      const idempotency = idempotencyOf(idempotencyKey, { dialog: 'regenerate', keyId })
      const { key, secret } = await regenerateKey(user, keyId, input, { idempotency })
      revalidateKeys()
      return { key: toKeyRow(key), secret: secret.reveal() }
    } catch (error) {
      const key = toKeyRow(await getKey(user, earlierKey(error)))
      revalidateKeys()
      return { key, secret: null }
    }
  })

export const endOverlapAction = userAction
  .inputSchema(z.strictObject({ keyId }))
  .action(async ({ parsedInput: { keyId }, ctx: { user } }) => {
    const key = await endOverlap(user, keyId)
    revalidateKeys()
    return { key: toKeyRow(key) }
  })

/** For a key whose person has left: it is accepted again. */
export const takeOverKeyAction = userAction
  .inputSchema(z.strictObject({ keyId }))
  .action(async ({ parsedInput: { keyId }, ctx: { user } }) => {
    const key = await takeOverKey(user, keyId)
    revalidateKeys()
    return { key: toKeyRow(key) }
  })

export const revokeKeyAction = userAction
  .inputSchema(revokeKeySchema.extend({ keyId }))
  .action(async ({ parsedInput: { keyId, reason }, ctx: { user } }) => {
    const key = await revokeKey(user, keyId, { reason: reason || null })
    revalidateKeys()
    return { key: toKeyRow(key) }
  })

/** The key that this very dialog made before, when its answer was lost on the way. Any other failure goes on. */
function earlierKey(error: unknown): string {
  const keyId = isFailure(error) && error.code === 'idempotency_conflict' && error.extra?.keyId
  if (typeof keyId !== 'string') throw error
  return keyId
}

/** The table and the page of each key. */
function revalidateKeys(): void {
  revalidatePath('/projects/[slug]/keys', 'layout')
}

import { z } from 'zod'

const ids = z
  .array(z.string().regex(/^[0-9A-Za-z]{1,64}$/, 'Is not an id.'))
  .max(1100)
  .transform((all) => [...new Set(all)])

/** What is to end: the keys and grants that the person was shown. */
export const disconnectSchema = z.strictObject({ keyIds: ids, grantIds: ids })

export type DisconnectInput = z.infer<typeof disconnectSchema>

import { z } from 'zod'
import { lineSchema } from '@/lib/text'

const base64 = z.string().max(20_000)

/** What every answer of a browser carries; the library judges what is in it (WebAuthn level 3, 5.1). */
const answer = {
  id: z.string().max(2_000),
  rawId: z.string().max(2_000),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  // None are asked for.
  clientExtensionResults: z.unknown().transform(() => ({})),
}

export const assertionSchema = z.object({
  ...answer,
  response: z.object({
    clientDataJSON: base64,
    authenticatorData: base64,
    signature: base64,
    userHandle: base64.optional(),
  }),
})

export const addPasskeySchema = z.strictObject({
  name: lineSchema({ what: 'Name', max: 60 }),
  response: z.object({
    ...answer,
    response: z.object({
      clientDataJSON: base64,
      attestationObject: base64,
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  }),
})

export const codeSchema = z.string().max(100)

import { z } from 'zod'
import { contactSchema, lineSchema, noteSchema, websiteSchema } from '@/lib/text'

/** Who keys are given to, as everybody may see it. */
export interface ThirdParty {
  id: string
  name: string
  website: string | null
  contact: string | null
  purpose: string | null
  /** The registered app that this third party is, once there is one. */
  app: null
  createdAt: string
}

const fields = {
  name: lineSchema({ max: 100, what: 'Name' }),
  website: websiteSchema.nullish(),
  contact: contactSchema.nullish(),
  purpose: noteSchema({ what: 'Purpose' }).nullish(),
}

/** What `POST /third-parties` takes. */
export const createThirdPartySchema = z.strictObject(fields)

export type CreateThirdPartyInput = z.infer<typeof createThirdPartySchema>

/** What `PATCH /third-parties/{id}` takes; a member left out stays as it is. */
export const updateThirdPartySchema = createThirdPartySchema.partial()

export type UpdateThirdPartyInput = z.infer<typeof updateThirdPartySchema>

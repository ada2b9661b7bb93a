import { z } from 'zod'
import { contactSchema, lineSchema, noteSchema, websiteSchema } from '@/lib/text'

/** A registered app, as a third party names it. */
export interface LinkedApp {
  id: string
  name: string
  /** Whether a site admin has checked who is behind it. */
  verified: boolean
}

/** Who keys are given to, as everybody may see it. */
export interface ThirdParty {
  id: string
  name: string
  website: string | null
  contact: string | null
  purpose: string | null
  /** The registered app that this third party is, where somebody said so. */
  app: LinkedApp | null
  createdAt: string
}

/** The id of a registered app, as ids are made. */
export const appIdSchema = z.string().regex(/^[0-9A-Za-z]{1,64}$/, 'Is not the id of an app.')

const fields = {
  name: lineSchema({ max: 100, what: 'Name' }),
  website: websiteSchema.nullish(),
  contact: contactSchema.nullish(),
  purpose: noteSchema({ what: 'Purpose' }).nullish(),
  app: appIdSchema.nullish(),
}

/** What `POST /third-parties` takes. */
export const createThirdPartySchema = z.strictObject(fields)

export type CreateThirdPartyInput = z.infer<typeof createThirdPartySchema>

/** What `PATCH /third-parties/{id}` takes; a member left out stays as it is. */
export const updateThirdPartySchema = createThirdPartySchema.partial()

export type UpdateThirdPartyInput = z.infer<typeof updateThirdPartySchema>

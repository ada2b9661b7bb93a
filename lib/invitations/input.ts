import { z } from 'zod'
import { emailSchema } from '@/lib/email'
import { roleSchema } from '@/lib/members/input'
import { signUpSchema } from '@/lib/users/input'

export const inviteSchema = z.strictObject({ email: emailSchema, role: roleSchema })

export type InviteInput = z.output<typeof inviteSchema>

/** Signing up from an invitation: the address is the one that it was sent to. */
export const invitedSignUpSchema = signUpSchema.omit({ email: true })

/** How long an invitation can be accepted. */
export const INVITATION_DAYS = 7

import { z } from 'zod'
import { emailSchema } from '@/lib/email'
import { optionalKinds, requestedKinds } from '@/lib/mail/templates'
import { lineSchema } from '@/lib/text'

export const MIN_PASSWORD = 15
/** What a password needs at least when signing in takes a second factor besides (NIST SP 800-63B-4, 3.1.1.2). */
export const MIN_PASSWORD_OF_TWO = 8
export const MAX_PASSWORD = 256

/** Kept exactly as typed: no trimming and no normalising. Its strength is judged by `checkPassword`. */
const passwordSchema = z
  .string()
  .min(1, 'Enter a password.')
  .max(4 * MAX_PASSWORD, `At most ${MAX_PASSWORD} characters.`)

export const nameSchema = lineSchema({ what: 'Name', max: 100 })

export const signUpSchema = z.strictObject({ name: nameSchema, email: emailSchema, password: passwordSchema })

export type SignUpInput = z.infer<typeof signUpSchema>

export const setUpSchema = signUpSchema.extend({ token: z.string().max(100) })

/** Anything goes at sign-in: what no account could have is answered like a wrong password. */
export const signInSchema = z.object({ email: z.string().max(1000), password: z.string().max(4096) })

export const renameSchema = z.strictObject({ name: nameSchema })

export const forgotPasswordSchema = z.strictObject({ email: emailSchema })

/** What becomes of a key that was made before its owner proved their address. */
const fateSchema = z.enum(['keep', 'revoke'], 'Choose Keep or Revoke.')

/** `fates` are for keys that the page listed, by id; `others` is for those that it did not. */
export const resetPasswordSchema = z.strictObject({
  token: z.string().max(100),
  newPassword: passwordSchema,
  fates: z.record(z.string().max(100), fateSchema),
  others: fateSchema.nullable(),
})

/** The password is for links that were opened in another browser than the one that asked for the account. */
export const finishSignUpSchema = z.strictObject({
  token: z.string().max(100),
  password: z.string().max(4 * MAX_PASSWORD),
})

export const verifyEmailSchema = z.strictObject({ token: z.string().max(100) })

export const changeEmailSchema = z.strictObject({ email: emailSchema })

/** The kinds of mail that a person wants, of those that they may switch off. */
export const wantedMailSchema = z.strictObject({ wanted: z.array(z.enum([...optionalKinds, ...requestedKinds])) })

export const changePasswordSchema = z.strictObject({
  currentPassword: z.string().max(4096),
  newPassword: passwordSchema,
})

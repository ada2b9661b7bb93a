import { z } from 'zod'

export const deleteProjectSchema = z.strictObject({ name: z.string().max(1000) })

export const deleteAccountSchema = z.strictObject({ email: z.string().max(1000), password: z.string().max(4096) })

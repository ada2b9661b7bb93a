import { z } from 'zod'

export const deleteProjectSchema = z.strictObject({ name: z.string().max(1000) })

/** Whether somebody typed the name of a thing: keyboards have no curly quotes, and nobody sees a space too many. */
export const isSameName = (typed: string, name: string): boolean => plain(typed) === plain(name)

const plain = (text: string) =>
  text.normalize('NFKC').replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/\s+/g, ' ').trim()

export const deleteAccountSchema = z.strictObject({ email: z.string().max(1000), password: z.string().max(4096) })

import { z } from 'zod'
import type { FieldErrors } from './errors'

/** Field → messages, from a zod error. A refused member is named as the field itself; nested paths are joined by dots. */
export function fieldErrors(error: z.ZodError): FieldErrors {
  const errors = new Map<string, string[]>()
  const add = (field: string, message: string) => errors.set(field, [...(errors.get(field) ?? []), message])
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) add(key, 'Is not a member of this request.')
    else add(issue.path.join('.') || 'body', issue.message)
  }
  // A member named `__proto__` becomes an ordinary property here; assigning it would not.
  return Object.fromEntries(errors)
}

/** An address or block, v4 or v6, as people write them. */
export const addressBlockSchema = z
  .string()
  .trim()
  .max(64)
  .refine(
    (text) => z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(text).success,
    // Names the text, since in a form all lines are one field.
    {
      error: ({ input }) =>
        `"${input}" is not an address or block such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`,
    },
  )

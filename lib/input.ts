import type { z } from 'zod'
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

import 'server-only'
import type { z } from 'zod'

/**
 * What an export is kept to, by its address, with the care that pages do without: a filter that was left out would hand
 * over more than was asked for, in a file that does not say so.
 *
 * @param schema the filter's fields, each out of text
 * @param besides parameters that are no part of the filter
 * @returns the filter, or the answer that says which field is wrong
 */
export function exportFilter<Schema extends z.ZodObject>(
  params: URLSearchParams,
  schema: Schema,
  besides: readonly string[] = [],
): { filter: z.output<Schema>; refusal?: undefined } | { filter?: undefined; refusal: Response } {
  const asked = [...params].filter(([name]) => !besides.includes(name))
  const names = asked.map(([name]) => name)
  const odd = names.find((name, at) => !Object.hasOwn(schema.shape, name) || names.indexOf(name) < at)
  if (odd !== undefined) return { refusal: refuse(odd, 'Is unknown here, or stands there twice.') }
  const control = asked.find(([, value]) => /\p{Cc}/u.test(value))
  if (control) return { refusal: refuse(control[0], 'Has control characters.') }
  const parsed = schema.safeParse(Object.fromEntries(asked))
  if (parsed.success) return { filter: parsed.data }
  const [issue] = parsed.error.issues
  return { refusal: refuse(String(issue?.path[0]), issue?.message ?? '') }
}

const refuse = (field: string, what: string): Response =>
  Response.json({ error: `The filter “${field}” cannot be read, so nothing is exported. ${what}` }, { status: 422 })

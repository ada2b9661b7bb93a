import type { z } from 'zod'
import { Failure } from '@/lib/errors'
import { fieldErrors } from '@/lib/input'
import type { Source } from './source'

/**
 * The JSON body of a request, parsed by `shape`.
 *
 * @throws Failure `unsupported_media_type`, `payload_too_large`, `invalid_request`, `validation_failed`
 */
export const readJson = async <T>(source: Source, shape: z.ZodType<T>): Promise<T> =>
  parse(shape, parseJson(source, await source.body()))

/** As `readJson`, for bodies that may be left out; then `shape` is given `{}`. */
export async function readOptionalJson<T>(source: Source, shape: z.ZodType<T>): Promise<T> {
  const bytes = await source.body()
  return parse(shape, bytes.byteLength === 0 ? {} : parseJson(source, bytes))
}

/** The query, parsed by `shape`, without `project`, which says what a session is about. Throws `validation_failed`. */
export const readQuery = <T>(source: Source, shape: z.ZodType<T>): T => parse(shape, singleValues(source.query))

function parse<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new Failure('validation_failed', 'Some fields are not right. See errors.', {
    errors: fieldErrors(result.error),
  })
}

function parseJson(source: Source, bytes: Uint8Array): unknown {
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(source.header('content-type')[0] ?? '')) {
    throw new Failure('unsupported_media_type', 'Send the body as application/json in UTF-8.')
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new Failure('invalid_request', 'The body is not JSON in UTF-8.', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('invalid_request', 'The body must be a JSON object.')
  }
  return value
}

function singleValues(query: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of query) {
    if (Object.hasOwn(values, name)) {
      throw new Failure('validation_failed', 'Send each parameter once.', { errors: { [name]: ['Is sent twice.'] } })
    }
    values[name] = value
  }
  delete values.project
  return values
}

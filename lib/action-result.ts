import type { ErrorCode, FieldErrors } from './errors'

/** Why an action did nothing, in words for the person who asked for it. */
export interface ActionError {
  code: ErrorCode
  message: string
  errors: FieldErrors
}

/** What an action answers, as far as it can fail. */
export interface ActionAnswer {
  serverError?: ActionError
  validationErrors?: { formErrors: string[]; fieldErrors: { [field: string]: string[] | undefined } }
}

/**
 * Why an action failed, or null when it did not. Takes what next-safe-action returns, or undefined for no answer at all,
 * as when the network went away.
 */
export function errorOf(result: ActionAnswer | undefined): ActionError | null {
  if (result === undefined) return unanswered
  if (result.serverError) return result.serverError
  if (!result.validationErrors) return null
  const { formErrors, fieldErrors } = result.validationErrors
  const errors = Object.fromEntries(
    Object.entries(fieldErrors).flatMap(([field, texts]) => (texts ? [[field, texts]] : [])),
  )
  return { code: 'validation_failed', message: formErrors[0] ?? 'Some fields are not right.', errors }
}

export const unanswered: ActionError = {
  code: 'unavailable',
  message: 'The server did not answer. Check your connection and try again.',
  errors: {},
}

import 'server-only'
import { createSafeActionClient } from 'next-safe-action'
import type { ActionError } from './action-result'
import { actingUser } from './auth'
import { isFailure } from './errors'
import { log } from './log'
import { settled } from './narrowing'
import { requestOrigin } from './request-context'

/** For server actions of people who need not be signed in. Input is parsed first; Failures come back as ActionError. */
export const publicAction = createSafeActionClient({
  defaultValidationErrorsShape: 'flattened',
  handleServerError(error): ActionError {
    if (isFailure(error)) return { code: error.code, message: error.message, errors: error.errors ?? {} }
    const { requestId } = requestOrigin()
    log().error({ requestId, err: error }, 'action failed')
    return {
      code: 'internal_error',
      message: `Something went wrong here. Try again (request ${requestId}).`,
      errors: {},
    }
  },
}).use(async ({ next }) => {
  const result = await next()
  await settled(requestOrigin())
  return result
})

/** For server actions of a signed-in person, who is read from the database anew: `ctx.user`. */
export const userAction = publicAction.use(async ({ next }) => next({ ctx: { user: await actingUser() } }))

import 'server-only'
import { createSafeActionClient } from 'next-safe-action'
import { isUnstorableText } from '@/db'
import type { ActionError } from './action-result'
import { limitKeyOf } from './addresses'
import { actingUser, adminTrying } from './auth'
import { Failure, isFailure } from './errors'
import { log } from './log'
import { settled } from './narrowing'
import { takeAttempt } from './rate-limit'
import { requestOrigin, withOrigin } from './request-context'
import { unavailable } from './unavailable'

/** What all actions have in common. Input is parsed first; Failures come back as ActionError. */
const anyAction = createSafeActionClient({
  defaultValidationErrorsShape: 'flattened',
  handleServerError(error): ActionError {
    const failure = isFailure(error) ? error : (unstorable(error) ?? unavailable(error, true))
    if (failure) return { code: failure.code, message: failure.message, errors: failure.errors ?? {} }
    const { requestId } = requestOrigin()
    log().error({ requestId, err: error }, 'action failed')
    return {
      code: 'internal_error',
      message: `Something went wrong here. Try again (request ${requestId}).`,
      errors: {},
    }
  },
}).use(({ next }) => {
  const origin = requestOrigin()
  // Without the front nobody has said where the request came from; then the action must still see one origin throughout.
  return withOrigin(origin, async () => {
    const result = await next()
    await settled(origin)
    return result
  })
})

/** Ids come from our own pages: one with a NUL in it was made by hand, and is no error of ours. */
const unstorable = (error: unknown) =>
  isUnstorableText(error) ? new Failure('validation_failed', 'The request holds a NUL character.') : undefined

/** For server actions of people who need not be signed in: each address has a number a minute, before it costs anything. */
export const publicAction = anyAction.use(async ({ next }) => {
  await takeAttempt('actionsPerAddress', limitKeyOf(requestOrigin().address))
  return next()
})

/** For server actions of a signed-in person, who is read from the database anew: `ctx.user`. */
export const userAction = anyAction.use(async ({ next }) => next({ ctx: { user: await actingUser() } }))

/** For server actions of the admin view. Others get the page that does not exist, and who is signed in is written down. */
export const adminAction = anyAction.use(async ({ next }) => {
  return next({ ctx: { user: await adminTrying('POST /admin') } })
})

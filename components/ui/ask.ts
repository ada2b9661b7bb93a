import { unstable_rethrow } from 'next/navigation'
import { type ActionAnswer, type ActionError, errorOf, unanswered } from '@/lib/action-result'
import { toast } from './toast'

/** What a server action answers. */
export type Answer<Data> = ActionAnswer & { data?: Data }

/** A server action as a component sees it. */
export type Action<Input, Data> = (input: Input) => Promise<Answer<Data> | undefined>

/** Asks the server, and says why it did not work: refused, or no answer at all. */
export async function ask<Data>(
  answer: Promise<Answer<Data> | undefined>,
): Promise<{ data: Data; error?: undefined } | { error: ActionError; data?: undefined }> {
  const result = await answer.catch((error: unknown) => {
    // A redirect arrives as an error too.
    unstable_rethrow(error)
    return undefined
  })
  if (result?.data !== undefined) return { data: result.data }
  const error = errorOf(result) ?? unanswered
  if (error.code === 'missing_credentials') offerSignIn()
  return { error }
}

/** The session has ended meanwhile: leads to signing in, and from there back to the page. */
function offerSignIn(): void {
  const here = encodeURIComponent(window.location.pathname + window.location.search)
  const onClick = () => window.location.assign(`/sign-in?next=${here}`)
  toast.error('You are signed out.', { action: { label: 'Sign in', onClick }, duration: Number.POSITIVE_INFINITY })
}

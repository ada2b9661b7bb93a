'use server'

import { redirect } from 'next/navigation'
import { actingUser } from '@/lib/auth'
import { isFailure } from '@/lib/errors'
import { settled } from '@/lib/narrowing'
import { decideDevice } from '@/lib/oauth/device'

/** Takes the decision about a device. Nobody is sent to an app, so an ordinary action does. */
export async function decideDeviceAction(form: FormData): Promise<void> {
  const text = (name: string) => String(form.get(name) ?? '')
  const allow = text('decision') === 'allow'
  let target = `/device?done=${allow ? 'allowed' : 'denied'}`
  try {
    const user = await actingUser()
    await decideDevice(user, text('user_code'), {
      allow,
      userId: text('user'),
      clientName: text('client'),
      projectId: text('project') || null,
    })
    await settled(user.origin)
  } catch (error) {
    if (!isFailure(error)) throw error
    const problem = error.code === 'validation_failed' ? 'project' : 'other'
    target = `/device?user_code=${encodeURIComponent(text('user_code'))}&problem=${problem}`
  }
  redirect(target)
}

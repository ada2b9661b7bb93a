'use server'

import { redirect } from 'next/navigation'
import { actingUser } from '@/lib/auth'
import { confirmPath } from '@/lib/confirm-path'
import { isFailure } from '@/lib/errors'
import { fields } from '@/lib/form'
import { settled } from '@/lib/narrowing'
import { decideDevice } from '@/lib/oauth/device'

/** Takes the decision about a device. Nobody is sent to an app, so an ordinary action does. */
export async function decideDeviceAction(form: FormData): Promise<void> {
  const sent = fields(form, 'decision', 'user_code', 'user', 'client', 'project')
  const userCode = sent.user_code ?? ''
  const allow = sent.decision === 'allow'
  let target = `/device?done=${allow ? 'allowed' : 'denied'}`
  try {
    const user = await actingUser()
    await decideDevice(user, userCode, {
      allow,
      userId: sent.user,
      clientName: sent.client,
      projectId: sent.project || null,
    })
    await settled(user.origin)
  } catch (error) {
    if (!isFailure(error)) throw error
    const problem = error.code === 'validation_failed' ? 'project' : 'other'
    const page = `/device?user_code=${encodeURIComponent(userCode)}`
    target =
      error.code === 'reauthentication_required'
        ? confirmPath(`${page}&project=${encodeURIComponent(sent.project ?? '')}`)
        : `${page}&problem=${problem}`
  }
  redirect(target)
}

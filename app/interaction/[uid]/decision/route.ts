import { cookies } from 'next/headers'
import type { NextRequest } from 'next/server'
import { currentUser } from '@/lib/auth'
import { confirmPath } from '@/lib/confirm-path'
import { env } from '@/lib/env'
import { isFailure } from '@/lib/errors'
import { log } from '@/lib/log'
import { settled } from '@/lib/narrowing'
import { decide, interactionCookie } from '@/lib/oauth/interaction'
import { requestOrigin } from '@/lib/request-context'

/**
 * Takes the decision from the consent page's form. A route and no server action, since the browser itself must follow
 * the redirects to the library and the app: Next would follow them in its place, and use up the code. The front has
 * judged the Origin.
 */
export async function POST(request: NextRequest, { params }: { params: Promise<{ uid: string }> }): Promise<Response> {
  const { uid } = await params
  const page = `/interaction/${encodeURIComponent(uid)}`
  const user = await currentUser()
  if (!user) return seeOther(page)
  const form = await request.formData().catch(() => null)
  if (!form) return seeOther(`${page}?problem=account`)
  const text = (name: string) => String(form.get(name) ?? '')
  try {
    const cookie = (await cookies()).get(interactionCookie)?.value
    const path = await decide(user, uid, cookie, {
      allow: text('decision') === 'allow',
      userId: text('user'),
      clientName: text('client'),
      projectId: text('project') || null,
    })
    await settled(user.origin)
    return seeOther(path)
  } catch (error) {
    // Back from there the page is as it was left.
    if (isFailure(error) && error.code === 'reauthentication_required') {
      return seeOther(confirmPath(`${page}?project=${encodeURIComponent(text('project'))}`))
    }
    if (!isFailure(error)) log().error({ requestId: requestOrigin().requestId, err: error }, 'a decision failed')
    const problem = isFailure(error) && error.code === 'validation_failed' ? 'project' : 'account'
    return seeOther(`${page}?problem=${problem}`)
  }
}

const seeOther = (path: string) =>
  new Response(null, {
    status: 303,
    headers: { Location: `${env().APP_URL}${path}`, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' },
  })

import { revalidatePath } from 'next/cache'
import type { LogoAnswer } from '@/components/apps/app-actions'
import { setLogo } from '@/lib/apps/set-logo'
import { actingUser } from '@/lib/auth'
import { isFailure } from '@/lib/errors'
import { unavailable } from '@/lib/unavailable'

/**
 * Takes an app's picture as it is, in the body. A server action would wrap it into more than the 64 KiB that the front
 * reads of anything. The front has seen that it comes from a page of this site.
 */
export async function POST(request: Request, { params }: { params: Promise<{ clientId: string }> }): Promise<Response> {
  try {
    const user = await actingUser()
    const { clientId } = await params
    const { logoUrl } = await setLogo(user, clientId, new Uint8Array(await request.arrayBuffer()))
    revalidatePath('/projects/[slug]/apps', 'layout')
    return answer({ data: { logoUrl } })
  } catch (error) {
    const failure = isFailure(error) ? error : unavailable(error, true)
    if (!failure) throw error
    const { code, message, errors = {}, status } = failure
    return answer({ serverError: { code, message, errors } }, status)
  }
}

const answer = (body: LogoAnswer, status = 200) =>
  Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } })

import { type NextRequest, NextResponse } from 'next/server'
import { authGet, authPost } from '@/lib/auth'

export const GET = refusingBrokenAddresses(authGet)
export const POST = refusingBrokenAddresses(authPost)

/** Where next-auth remembers the address to go to afterwards, over http and https. */
const remembered = ['authjs.callback-url', '__Secure-authjs.callback-url']

/** next-auth answers an address to go to that is none with a 500, whoever made it up. Others it judges itself. */
function refusingBrokenAddresses(handle: typeof authGet): typeof authGet {
  return async (request: NextRequest) => {
    const { nextUrl, cookies } = request
    const wanted = [nextUrl.searchParams.get('callbackUrl'), ...remembered.map((name) => cookies.get(name)?.value)]
    if (wanted.every((address) => !address || isAddress(address, nextUrl.origin))) return handle(request)
    const answer = NextResponse.json({ message: 'The address to go to afterwards is none.' }, { status: 400 })
    for (const name of remembered) {
      if (cookies.has(name))
        answer.cookies.set(name, '', { maxAge: 0, path: '/', secure: name.startsWith('__Secure-') })
    }
    return answer
  }
}

function isAddress(text: string, here: string): boolean {
  const base = text.startsWith('/') ? here : undefined
  return URL.canParse(text, base) && /^https?:$/.test(new URL(text, base).protocol)
}

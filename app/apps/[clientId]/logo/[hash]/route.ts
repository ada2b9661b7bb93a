import { readLogo } from '@/lib/apps/read-logo'

interface Context {
  params: Promise<{ clientId: string; hash: string }>
}

/** An app's picture, for everybody. Its address names its content, so browsers may keep it for good. */
export async function GET(_: Request, { params }: Context): Promise<Response> {
  const { clientId, hash } = await params
  const png = await readLogo(clientId, hash)
  if (!png) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(png), {
    headers: {
      'Content-Type': 'image/png',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Security-Policy': "default-src 'none'",
    },
  })
}

import 'server-only'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from './env'

/** The guides in the order they are listed, as `docs/guides/<slug>.md`: one text for the repository and the site. */
export const guides = [
  { slug: 'quick-start', title: 'Quick start' },
  { slug: 'guard-your-own-route', title: 'Guard your own route' },
  { slug: 'rotate-without-downtime', title: 'Rotate without downtime' },
  { slug: 'gateways', title: 'Gateways' },
  { slug: 'errors', title: 'Errors' },
] as const

/** The text of a guide as Markdown, with the addresses of this site; null when there is none of this name. */
export async function readGuide(slug: string): Promise<{ title: string; text: string } | null> {
  const guide = guides.find((each) => each.slug === slug)
  if (!guide) return null
  const text = await readFile(join(process.cwd(), 'docs/guides', `${guide.slug}.md`), 'utf8')
  const { APP_URL, GATE_PORT = 3001, KEY_BRAND, API_KEY_HEADER } = env()
  return {
    title: guide.title,
    text: text
      .replaceAll('http://localhost:3000', APP_URL)
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${GATE_PORT}`)
      .replaceAll('port 3001', `port ${GATE_PORT}`)
      .replaceAll('lk_…', `${KEY_BRAND}_…`)
      .replaceAll('X-Api-Key', API_KEY_HEADER),
  }
}

import 'server-only'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { env } from './env'

/** The guides in the order they are listed: files of the repository, so that it and the site have one text. */
export const guides = [
  { slug: 'quick-start', title: 'Quick start', file: 'docs/guides/quick-start.md' },
  { slug: 'guard-your-own-route', title: 'Guard your own route', file: 'docs/guides/guard-your-own-route.md' },
  { slug: 'rotate-without-downtime', title: 'Rotate without downtime', file: 'docs/guides/rotate-without-downtime.md' },
  { slug: 'work-as-a-team', title: 'Work as a team', file: 'docs/guides/work-as-a-team.md' },
  { slug: 'ask-people', title: 'Ask people for access', file: 'docs/guides/ask-people.md' },
  { slug: 'gateways', title: 'Gateways', file: 'docs/gateways/README.md' },
  { slug: 'errors', title: 'Errors', file: 'docs/guides/errors.md' },
] as const

export interface Guide {
  title: string
  /** Markdown, with the addresses of this site. */
  text: string
  /** Files beside it that the text links to, such as configurations. */
  files: { name: string; text: string }[]
}

/** The guide of this name; null when there is none. */
export async function readGuide(slug: string): Promise<Guide | null> {
  const guide = guides.find((each) => each.slug === slug)
  if (!guide) return null
  const text = await read(guide.file)
  const names = new Set([...text.matchAll(/\]\(([\w.-]+)\)/g)].map(([, name]) => name ?? ''))
  const files = [...names]
    .filter((name) => !name.endsWith('.md'))
    .map(async (name) => ({ name, text: await read(join(dirname(guide.file), name)) }))
  return { title: guide.title, text, files: await Promise.all(files) }
}

/** The text of a file of the repository, with the addresses and names of this site in place of the defaults. */
async function read(file: string): Promise<string> {
  const { APP_URL, GATE_PORT = 3001, KEY_BRAND, API_KEY_HEADER } = env()
  const text = (await readFile(join(/* turbopackIgnore: true */ process.cwd(), file), 'utf8'))
    .replaceAll('http://localhost:3000', APP_URL)
    .replaceAll('127.0.0.1:3001', `127.0.0.1:${GATE_PORT}`)
    .replaceAll('lk_…', `${KEY_BRAND}_…`)
  // A configuration names the header in several ways, and would be half changed.
  return file.startsWith('docs/guides/') ? text.replaceAll('X-Api-Key', API_KEY_HEADER) : text
}

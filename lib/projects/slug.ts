import 'server-only'
import { randomId } from '@/lib/credentials/random'

/** A readable slug; the random end keeps two things of one name apart, and slugs from being guessed. */
export function slugFor(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
  return `${words || 'project'}-${randomId(6).toLowerCase()}`
}

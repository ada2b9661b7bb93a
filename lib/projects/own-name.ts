import type { Actor } from '@/lib/actor'
import { invalidField } from '@/lib/errors'
import { looksLikeSite } from '@/lib/look-alike'
import { siteName } from '@/lib/site-name'

/**
 * For a name that people are shown at consent: only a site admin or the command line may give one that is this site's own
 * or looks like it. That is how an admin allows one. An actor's role was read in this request.
 *
 * @returns what the audit row says of such a name
 * @throws Failure `validation_failed`, naming the field `name`
 */
export function requireOwnName(actor: Actor, name: string): { looksLikeSite?: [null, true] } {
  if (!looksLikeSite(name)) return {}
  const isAdmin = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin && actor.sessionId !== null)
  if (isAdmin) return { looksLikeSite: [null, true] }
  throw invalidField(
    'name',
    `This looks like the name of this site, ${siteName()}. Choose another name, or ask an admin to set this one.`,
  )
}

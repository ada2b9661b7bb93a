import type { Actor } from '@/lib/actor'

/** Who acted, as a mail about it begins its sentence. */
export function byWhom(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return actor.name
    case 'key':
      return `The key ${actor.label}`
    case 'token':
      return `The app ${actor.clientName}`
    case 'system':
      return actor.name === 'cli' ? 'An admin of this site' : 'This site'
  }
}

import 'server-only'
import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database } from '@/db'
import { users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { Failure } from '@/lib/errors'

/**
 * An app that asks people for access needs a maker who has proved their address: people and admins must be able to reach
 * them. The command line vouches for its own apps.
 *
 * @param personId the person who is responsible for the app
 * @throws Failure `forbidden`
 */
export async function requireReachableMaker(
  tx: Database,
  actor: Actor,
  personId: string,
  projectId: string,
): Promise<void> {
  if (actor.kind === 'system') return
  const [verified] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, personId), isNotNull(users.emailVerifiedAt)))
  if (verified) return
  throw new Failure(
    'forbidden',
    'Verify your email address first, by the link in the email that was sent to it. Then your apps can ask people for access.',
    { projectId },
  )
}

import 'server-only'
import { type Database, db, isUniqueViolation } from '@/db'
import { memberships, projects, users } from '@/db/schema'
import type { Actor, Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'
import { Failure, invalidField } from '@/lib/errors'
import { looksLikeSite } from '@/lib/look-alike'
import { readPolicy } from '@/lib/policy/read'
import { slugFor } from '@/lib/projects/slug'
import { takeAttempt } from '@/lib/rate-limit'
import type { SignUpInput } from './input'
import { checkPassword, hashPassword } from './passwords'
import { sendVerification } from './verify-email'

export interface NewUser {
  id: string
  email: string
  name: string
  project: { id: string; slug: string }
}

/**
 * Makes an account and the person's first project at once: for sites without a mail server, since it tells whether an
 * address has an account (`requestSignUp` does not). Signing in is a step of its own.
 *
 * @throws Failure `forbidden` when sign-up is closed or by invitation, `validation_failed` for a weak password or a taken address,
 *   `rate_limited` past 30 a minute from one client address
 */
export async function signUp(origin: Origin, input: SignUpInput): Promise<NewUser> {
  await requireOpenSignUp()
  await takeAttempt('signUpPerAddress', limitKeyOf(origin.address))
  const passwordHash = await acceptPassword(input)
  return db()
    .transaction((tx) => insertUser(tx, { kind: 'system', name: 'server', origin }, { ...input, passwordHash }))
    .catch(emailTaken)
}

/** Throws Failure `forbidden` when sign-up is closed or by invitation. */
export async function requireOpenSignUp(): Promise<void> {
  const { signUp: mode } = await readPolicy()
  if (mode === 'closed') throw new Failure('forbidden', 'Sign-up is closed here. Ask an admin for an account.')
  if (mode === 'invite') {
    throw new Failure('forbidden', 'Sign-up is by invitation here. Open the link in the mail that invites you.')
  }
}

/**
 * Makes an account from the command line, with its first project.
 *
 * @throws Failure `validation_failed` for a weak password or a taken address
 */
export async function createUser(actor: Actor, input: SignUpInput & { isAdmin: boolean }): Promise<NewUser> {
  const passwordHash = await acceptPassword(input)
  return db()
    .transaction((tx) => insertUser(tx, actor, { ...input, passwordHash, verified: true }))
    .catch(emailTaken)
}

/** The hash of a password that is good enough for this person. Throws `validation_failed` with the reason otherwise. */
export async function acceptPassword(input: SignUpInput): Promise<string> {
  const reason = checkPassword(input.password, input)
  if (reason) throw invalidField('password', reason)
  return hashPassword(input.password)
}

/** As `createUser`, inside another act. `verified` is for addresses that nobody needs to prove; to others a link goes. */
export async function insertUser(
  tx: Database,
  actor: Actor,
  input: { email: string; name: string; passwordHash: string | null; isAdmin?: boolean; verified?: boolean },
): Promise<NewUser> {
  const id = randomId()
  const project = { id: randomId(), slug: slugFor(input.name), name: firstProjectName(input.name) }
  await tx.insert(users).values({
    id,
    email: input.email,
    name: input.name,
    passwordHash: input.passwordHash,
    isAdmin: input.isAdmin ?? false,
    lastProjectId: project.id,
    emailVerifiedAt: input.verified ? new Date() : null,
  })
  await tx.insert(projects).values(project)
  await tx.insert(memberships).values({ projectId: project.id, userId: id, role: 'owner' })
  if (!input.verified) await sendVerification(tx, { id, email: input.email, name: input.name })
  // Who signs up does it themselves.
  const by: Actor = actor.kind === 'system' && actor.name === 'server' ? { ...actor, asUserId: id } : actor
  await recordAudit(tx, by, {
    action: 'user.created',
    target: { kind: 'user', id, name: input.name },
    changes: { email: [null, input.email], ...(input.isAdmin && { isAdmin: [null, true] }) },
  })
  await recordAudit(tx, by, {
    action: 'project.created',
    target: { kind: 'project', id: project.id, name: project.name },
    projectId: project.id,
    ...(by !== actor && { changes: { person: [null, input.name] } }),
  })
  return { id, email: input.email, name: input.name, project }
}

/** People are shown it at consent, so it must not look like the name of this site. */
function firstProjectName(person: string): string {
  const name = `${person}’s project`
  return looksLikeSite(name) ? 'My project' : name
}

export function emailTaken(error: unknown): never {
  if (!isUniqueViolation(error)) throw error
  throw invalidField('email', 'There is an account with this address already. Sign in instead.')
}

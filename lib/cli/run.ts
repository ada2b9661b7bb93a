import 'server-only'
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { z } from 'zod'
import { type Handle, handle } from '@/db'
import { migrateConfigured } from '@/db/migrate'
import type { SystemActor } from '@/lib/actor'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { registerAppSchema, updateAppSchema } from '@/lib/apps/input'
import { listApps } from '@/lib/apps/list'
import { markApp } from '@/lib/apps/mark'
import { registerApp } from '@/lib/apps/register'
import { renameApp } from '@/lib/apps/update'
import type { Link } from '@/lib/audit/chain'
import { followAudit } from '@/lib/audit/follow'
import { sealEvents } from '@/lib/audit/seal'
import { signHead } from '@/lib/audit/sign'
import { verifyAudit } from '@/lib/audit/verify'
import { normalizeEmail } from '@/lib/email'
import { Failure, invalidField } from '@/lib/errors'
import { fieldErrors } from '@/lib/input'
import { createKey } from '@/lib/keys/create'
import { createKeySchema, revokeKeySchema } from '@/lib/keys/input'
import { listKeys } from '@/lib/keys/list'
import { revokeKey } from '@/lib/keys/revoke'
import { log } from '@/lib/log'
import { settled } from '@/lib/narrowing'
import { rotateSigningKeys } from '@/lib/oauth/signing-keys'
import { findProject } from '@/lib/projects/find'
import { projectSchema } from '@/lib/projects/input'
import { renameProject } from '@/lib/projects/rename'
import { forget, isMade } from '@/lib/runtime'
import { createUser } from '@/lib/users/create'
import { disableUser } from '@/lib/users/disable'
import { signUpSchema } from '@/lib/users/input'
import { findUserId, listUsers } from '@/lib/users/list'
import { resetSecondFactor } from '@/lib/users/reset-second-factor'
import type { CliRequest } from './request'

/** How many events one answer of `audit export` holds; the program asks until there are no more. */
const EXPORT_PAGE = 1_000

/** Carries out a command with the process's own database. Returns what is printed; throws Failures. */
export async function runCommand(request: CliRequest): Promise<unknown> {
  const actor = cliActor()
  try {
    return await run(actor, request)
  } finally {
    await settled(actor.origin)
  }
}

async function run(actor: SystemActor, request: CliRequest): Promise<unknown> {
  switch (request.noun) {
    case 'db':
      return migrateConfigured()
    case 'users':
      return runUsers(actor, request)
    case 'keys':
      return runKeys(actor, request)
    case 'apps':
      return runApps(actor, request)
    case 'projects':
      return renameProjectOf(actor, request.options)
    case 'audit':
      return runAudit(actor, request)
    case 'oauth':
      return { kid: await rotateSigningKeys(actor) }
  }
}

/**
 * Readies the process's database for `runCommand` where no server has: an embedded one may be new, or older than this
 * source. A PostgreSQL server is migrated only on purpose.
 */
export async function beginCommands(): Promise<void> {
  if (handle().kind === 'pglite') await migrateConfigured()
}

/**
 * Closes what was opened, if it was: a folder in use may be free at the next attempt, and is then opened anew. Events of
 * a command that wrote are sealed before, since no server may run that would.
 */
export async function endCommands({ noun }: CliRequest): Promise<void> {
  // Not after `audit verify`, which promises to change nothing.
  if (noun !== 'audit' && isMade('database')) {
    await sealEvents().catch((error: unknown) => log().warn({ err: error }, 'could not seal the audit log'))
  }
  await forget<Handle>('database')?.close()
}

/** The operator, under the name of their account on this machine. */
const cliActor = (): SystemActor => ({
  kind: 'system',
  name: 'cli',
  origin: { address: null, userAgent: `latchkey command line (${userInfo().username})`, requestId: randomUUID() },
})

async function runUsers(actor: SystemActor, request: Extract<CliRequest, { noun: 'users' }>): Promise<unknown> {
  switch (request.verb) {
    case 'create': {
      const { admin, ...options } = request.options
      const { id, email, project } = await createUser(actor, { ...check(signUpSchema, options), isAdmin: admin })
      return { id, email, project: { id: project.id, slug: project.slug } }
    }
    case 'list':
      return listUsers(actor)
    case 'disable':
      return disableUser(actor, normalizeEmail(request.options.email) ?? '')
    case 'reset-second-factor':
      return resetSecondFactor(actor, normalizeEmail(request.options.email) ?? '')
  }
}

async function runAudit(actor: SystemActor, request: Extract<CliRequest, { noun: 'audit' }>): Promise<unknown> {
  switch (request.verb) {
    case 'verify': {
      const anchor = request.options.head
      const { head, ...verdict } = await verifyAudit(actor, anchor === undefined ? undefined : linkOf(anchor))
      return { ...verdict, head: `${head.number}:${head.hash}` }
    }
    case 'sign':
      return signHead(actor, linkOf(request.options.head))
    case 'export':
      return followAudit(actor, null, { cursor: String(request.options.after), limit: EXPORT_PAGE })
  }
}

function linkOf(head: string): Link {
  const [number = '', hash = ''] = head.split(':')
  return { number: Number(number), hash }
}

async function runKeys(actor: SystemActor, request: Extract<CliRequest, { noun: 'keys' }>): Promise<unknown> {
  switch (request.verb) {
    case 'create': {
      const { project, label, thirdParty, scopes, expiresIn, allowKeyManagement, as } = request.options
      const { id: projectId } = await findProject(actor, project)
      const input = check(createKeySchema, {
        label,
        scopes,
        thirdParty: thirdParty === undefined ? null : { name: thirdParty },
        expiresAt: expiresIn ? new Date(Date.now() + expiresIn * 1000).toISOString() : null,
      })
      const asUserId = as === undefined ? undefined : await findUserId(actor, normalizeEmail(as) ?? '')
      if (asUserId === null) throw invalidField('as', 'There is no account with this address.')
      const options = { allowManagement: allowKeyManagement }
      const { key, secret } = await createKey({ ...actor, asUserId }, projectId, input, options)
      return { ...key, secret: secret.reveal() }
    }
    case 'list': {
      const { id: projectId } = await findProject(actor, request.options.project)
      return allKeys(actor, projectId)
    }
    case 'revoke':
      return revokeKey(actor, request.options.id, check(revokeKeySchema, { reason: request.options.reason }))
  }
}

async function runApps(actor: SystemActor, request: Extract<CliRequest, { noun: 'apps' }>): Promise<unknown> {
  switch (request.verb) {
    case 'register': {
      const { project, redirectUri, native, machine, firstParty, allowKeyManagement, ...rest } = request.options
      const { id: projectId } = await findProject(actor, project)
      const { public: isPublic, ...fields } = rest
      const kind = machine ? 'machine' : native ? 'native' : 'web'
      const input = check(registerAppSchema, { ...fields, kind, isPublic, redirectUris: redirectUri })
      const options = { firstParty, allowManagement: allowKeyManagement }
      const { app, secret } = await registerApp(actor, projectId, input, options)
      return { clientId: app.id, clientSecret: secret?.reveal() ?? null, ...app }
    }
    case 'list': {
      const { id: projectId } = await findProject(actor, request.options.project)
      return listApps(actor, projectId)
    }
    case 'disable':
      return disableApp(actor, request.options.id)
    case 'enable':
      return enableApp(actor, request.options.id)
    case 'rename': {
      const { name } = check(updateAppSchema.pick({ name: true }).required(), { name: request.options.name })
      return renameApp(actor, request.options.id, name)
    }
    case 'verify':
      return markApp(actor, request.options.id, { verified: true })
  }
}

async function renameProjectOf(actor: SystemActor, { project, name }: { project: string; name: string }) {
  const { id, slug } = await findProject(actor, project)
  const renamed = check(projectSchema, { name })
  await renameProject(actor, id, renamed)
  return { id, slug, ...renamed }
}

async function allKeys(actor: SystemActor, projectId: string) {
  const keys = []
  let cursor: string | undefined
  do {
    const page = await listKeys(actor, { projectId, sort: '-createdAt', limit: 100, cursor })
    keys.push(...page.data)
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return keys
}

function check<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new Failure('validation_failed', 'Some options are not right.', { errors: fieldErrors(result.error) })
}

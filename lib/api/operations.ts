import 'server-only'
import { z } from 'zod'
import { grantTypes, registerAppSchema, rotateSecretSchema, updateAppSchema } from '@/lib/apps/input'
import { followAuditSchema } from '@/lib/audit/follow'
import type { ErrorCode } from '@/lib/errors'
import {
  createKeySchema,
  listKeysSchema,
  regenerateKeySchema,
  revokeKeySchema,
  updateKeySchema,
} from '@/lib/keys/input'
import { allAppScopes, allScopes, type Scope } from '@/lib/scopes'
import { createThirdPartySchema, updateThirdPartySchema } from '@/lib/third-parties/input'
import { usageSchema } from '@/lib/usage/read'
import * as examples from './examples'
import {
  appListShape,
  appShape,
  auditPageShape,
  callerShape,
  keyPageShape,
  keyShape,
  newAppShape,
  newKeyShape,
  thirdPartyListShape,
  thirdPartyShape,
  usageShape,
  verdictShape,
  verifySchema,
} from './shapes'

/** What a member of a request is for, and what the document says in place of what its shape alone would say. */
export type Told = string | { description: string; override: Record<string, unknown> }

/** What a route parses, by the very shape it parses it with. */
export interface Taken {
  shape: z.ZodObject
  told: Record<string, Told>
  example?: unknown
  optional?: boolean
}

/** One method of one route, as the OpenAPI document and the reference page tell it. */
export interface Operation {
  id: string
  tag: Tag
  summary: string
  description?: string
  /** The scope that a key or token needs; `any` is any credential, `nothing` none. */
  needs: Scope | 'any' | 'nothing'
  /** A key may do this to itself without the scope. */
  orItself?: boolean
  /** About a whole project: a session says which. */
  inProject?: boolean
  query?: Taken
  body?: Taken
  /** Takes an `Idempotency-Key`. */
  idempotent?: boolean
  answer: {
    status: number
    description: string
    shape?: z.ZodType
    example?: unknown
    headers?: Record<string, string>
  }
  /** Refusals beyond those that follow from the rest: see `codesOf` in openapi.ts. */
  refusals?: readonly ErrorCode[]
}

export const tags = {
  Caller: 'Who a credential speaks for.',
  Keys: 'The API keys of a project.',
  'Third parties': 'Who keys are given to.',
  Apps: 'The OAuth apps of a project.',
  Audit: 'Who did what, and when.',
  Document: 'This document.',
  Gate: 'A listener of its own, for gateways and resource servers: `GATE_PORT`, by default on this machine only. Its codes, limits and problem documents are those of the API. Session cookies are not looked at.',
} as const

export type Tag = keyof typeof tags

const thirdPartyTold =
  'The id of a third party, or an object to make one: the one of that name is used if there is one.'

const keyTold = {
  label: 'What the key is for, in your words: one line of 1 to 100 characters.',
  thirdParty: thirdPartyTold,
  note: 'For whoever looks after the key: at most 1,000 characters.',
  allowedAddresses: 'Addresses and CIDR blocks that the key is accepted from; none means everywhere.',
  rateLimitPerMinute: "Requests a minute; null or left out for the site's own limit.",
} as const

const scopesTold = (description: string): Told => ({
  description,
  override: { items: { type: 'string', enum: allScopes } },
})

/** Every operation by method and path. The path is below `/api/v1`; those of `Gate` are the gate's own. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /me': {
    id: 'getCaller',
    tag: 'Caller',
    summary: 'Say who is calling',
    description: 'The cheapest way to find out whether a credential works, and what for.',
    needs: 'any',
    answer: {
      status: 200,
      description: 'Who the credential speaks for.',
      shape: callerShape,
      example: examples.caller,
    },
  },
  'GET /keys': {
    id: 'listKeys',
    tag: 'Keys',
    summary: 'List keys',
    needs: 'keys:read',
    inProject: true,
    query: taken(listKeysSchema, {
      status: '`active` includes `expiring`. Left out: all, revoked ones too.',
      thirdParty: 'Only keys of the third party with this id.',
      q: 'Only keys whose label or third party contains this, or whose hint it is.',
      sort: 'With `-` in front for descending.',
      limit: {
        description: 'How many at most.',
        override: { type: 'integer', minimum: 1, maximum: 100, default: 50, pattern: undefined },
      },
      cursor: 'The `nextCursor` of the page before, with the same `sort`.',
    }),
    answer: { status: 200, description: 'A page of keys.', shape: keyPageShape, example: examples.keyPage },
  },
  'POST /keys': {
    id: 'createKey',
    tag: 'Keys',
    summary: 'Create a key',
    description:
      'The secret is in this answer and can never be read again. A key cannot give what it does not have: the scopes are within those of the credential and of its responsible person. A key made by a key or token is its child (`parent`): it gets at most the addresses, the limit and the end of its parent, whatever the request asks for, is refused when its parent is, and never gets `keys:write` or `apps:write`.',
    needs: 'keys:write',
    inProject: true,
    idempotent: true,
    body: taken(
      createKeySchema,
      {
        ...keyTold,
        scopes: scopesTold('What the key may do. None: it can only say who it is.'),
        expiresAt: 'When it ends; null or left out for a key that never expires.',
      },
      { example: examples.newKeyInput },
    ),
    answer: {
      status: 201,
      description: 'The key and its secret.',
      shape: newKeyShape,
      example: examples.newKey,
      headers: { Location: 'The path of the key.' },
    },
    refusals: ['forbidden', 'conflict', 'reauthentication_required'],
  },
  'GET /keys/{id}': {
    id: 'getKey',
    tag: 'Keys',
    summary: 'Read a key',
    needs: 'keys:read',
    answer: { status: 200, description: 'The key.', shape: keyShape, example: examples.key },
  },
  'PATCH /keys/{id}': {
    id: 'updateKey',
    tag: 'Keys',
    summary: 'Change a key',
    description:
      'A member that is left out stays as it is. Fewer scopes and fewer addresses are in force everywhere when the answer arrives. A key or token changes, regenerates and ends overlaps of only those keys whose scopes, addresses, limit and end all lie within its own, and widens none, itself included.',
    needs: 'keys:write',
    body: taken(
      updateKeySchema,
      { ...keyTold, scopes: scopesTold('Scopes can only be taken away. Make a new key for more.') },
      { example: { label: 'Zapier, invoices only', scopes: ['orders:read'] } },
    ),
    answer: { status: 200, description: 'The key as it is now.', shape: keyShape, example: examples.key },
    refusals: ['forbidden', 'conflict'],
  },
  'DELETE /keys/{id}': {
    id: 'revokeKey',
    tag: 'Keys',
    summary: 'Revoke a key',
    description:
      'Ends the key with all its secrets, for good. When the answer arrives, no instance accepts it any more. The body may be left out.',
    needs: 'keys:write',
    orItself: true,
    body: taken(
      revokeKeySchema,
      { reason: 'Shown beside the key to whoever asks later.' },
      { example: { reason: 'Was found in a public repository' }, optional: true },
    ),
    answer: { status: 204, description: 'It is revoked.' },
    refusals: ['forbidden', 'conflict'],
  },
  'POST /keys/{id}/regenerate': {
    id: 'regenerateKey',
    tag: 'Keys',
    summary: 'Regenerate a key',
    description:
      'Gives the key a new secret. The old one stops at once, or works on for a while beside the new one, so that its holder can change over without a gap. At most two secrets of a key work at once. The expiry stays as it is.',
    needs: 'keys:write',
    idempotent: true,
    body: taken(
      regenerateKeySchema,
      {
        overlapSeconds: 'How long the old secret still works, in seconds: at most 604800, which is 7 days.',
        endChildren:
          'Whether the keys that this key made are revoked too, and the apps that it registered disabled. If left out: yes without an overlap, no with one.',
      },
      { example: { overlapSeconds: 86_400 }, optional: true },
    ),
    answer: { status: 200, description: 'The key and its new secret.', shape: newKeyShape, example: examples.newKey },
    refusals: ['forbidden', 'conflict'],
  },
  'POST /keys/{id}/end-overlap': {
    id: 'endOverlap',
    tag: 'Keys',
    summary: 'End an overlap',
    description: 'Stops the old secret now. Nothing is sent along.',
    needs: 'keys:write',
    answer: { status: 200, description: 'The key, with its new secret alone.', shape: keyShape, example: examples.key },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /keys/{id}/usage': {
    id: 'getUsage',
    tag: 'Keys',
    summary: 'Read how a key is used',
    description: 'Counts are written every few seconds. Days are days in UTC.',
    needs: 'usage:read',
    query: taken(usageSchema, { days: 'How many days back, today included.' }),
    answer: {
      status: 200,
      description: 'Requests by day, and their sources.',
      shape: usageShape,
      example: examples.usage,
    },
  },
  'GET /audit': {
    id: 'followAudit',
    tag: 'Audit',
    summary: 'Follow the audit log',
    description:
      'Oldest first, in the order in which events were sealed, within a second of the act. Keep `nextCursor` and ask again with it: no event is skipped or told twice, whatever is written meanwhile. An admin’s session that names no project is told of the whole site, and so is a key or token that holds `site:audit` too, which only admins and the command line give.',
    needs: 'audit:read',
    inProject: true,
    query: taken(followAuditSchema, {
      actor: 'Only what this person, key or app did, by id.',
      action: 'Only this act, such as `key.revoked`.',
      target: 'Only what was done to the thing with this id.',
      result: 'Only what was allowed, or what was refused.',
      from: 'Only from this time on.',
      to: 'Only before this time.',
      limit: {
        description: 'How many at most.',
        override: { type: 'integer', minimum: 1, maximum: 1000, default: 100, pattern: undefined },
      },
      cursor:
        'The `nextCursor` of the answer before. 409 `conflict` when the log ends before it, as after a restore to an earlier state.',
    }),
    answer: { status: 200, description: 'Events.', shape: auditPageShape, example: examples.auditPage },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /third-parties': {
    id: 'listThirdParties',
    tag: 'Third parties',
    summary: 'List third parties',
    description: 'By name, at most 1,000.',
    needs: 'keys:read',
    inProject: true,
    answer: {
      status: 200,
      description: 'The third parties.',
      shape: thirdPartyListShape,
      example: examples.thirdPartyList,
    },
  },
  'POST /third-parties': {
    id: 'createThirdParty',
    tag: 'Third parties',
    summary: 'Add a third party',
    needs: 'keys:write',
    inProject: true,
    body: taken(createThirdPartySchema, thirdPartyFields(), { example: examples.thirdPartyInput }),
    answer: {
      status: 201,
      description: 'The third party.',
      shape: thirdPartyShape,
      example: examples.thirdParty,
      headers: { Location: 'The path of the third party.' },
    },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /third-parties/{id}': {
    id: 'getThirdParty',
    tag: 'Third parties',
    summary: 'Read a third party',
    needs: 'keys:read',
    answer: { status: 200, description: 'The third party.', shape: thirdPartyShape, example: examples.thirdParty },
  },
  'PATCH /third-parties/{id}': {
    id: 'updateThirdParty',
    tag: 'Third parties',
    summary: 'Change a third party',
    description: 'A member that is left out stays as it is; null empties it.',
    needs: 'keys:write',
    body: taken(updateThirdPartySchema, thirdPartyFields(), { example: { website: 'https://zapier.com/' } }),
    answer: { status: 200, description: 'As it is now.', shape: thirdPartyShape, example: examples.thirdParty },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /apps': {
    id: 'listApps',
    tag: 'Apps',
    summary: 'List apps',
    description: 'The newest first, at most 1,000.',
    needs: 'apps:read',
    inProject: true,
    answer: { status: 200, description: 'The apps.', shape: appListShape, example: examples.appList },
  },
  'POST /apps': {
    id: 'registerApp',
    tag: 'Apps',
    summary: 'Register an app',
    description:
      'The client secret is in this answer and can never be read again. Scopes of its own tokens (`client_credentials`) are within those of the credential and of its responsible person. A machine that checks credentials is registered by an admin. An app that asks people needs a responsible person who has verified their email address, and a name that does not look like this site’s own. A lifetime of tokens that the app cannot get is refused.',
    needs: 'apps:write',
    inProject: true,
    body: taken(
      registerAppSchema,
      {
        ...appFields(),
        kind: 'Where it runs: on a server, on the device of its user, or without people.',
        isPublic: 'Whether it runs where no secret can be kept. It then gets none.',
        grantTypes: grantTypesTold(
          'The ways to a token. Left out: `authorization_code` and `refresh_token`; for a machine `client_credentials`.',
        ),
        scopes: appScopesTold('What it may ask for. Left out: who somebody is, and nothing of the API.'),
      },
      { example: examples.appInput },
    ),
    answer: {
      status: 201,
      description: 'The app and its secret.',
      shape: newAppShape,
      example: examples.newApp,
      headers: { Location: 'The path of the app.' },
    },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /apps/{id}': {
    id: 'getApp',
    tag: 'Apps',
    summary: 'Read an app',
    needs: 'apps:read',
    answer: { status: 200, description: 'The app.', shape: appShape, example: examples.app },
  },
  'PATCH /apps/{id}': {
    id: 'updateApp',
    tag: 'Apps',
    summary: 'Change an app',
    description:
      'A member that is left out stays as it is. Fewer scopes, grant types and redirect URIs are in force everywhere when the answer arrives. The verified mark goes with every change of what people are shown or where they are sent: name, description, homepage, redirect URIs, more scopes or another way to ask. If people have let the app in, changed redirect URIs are emailed to the owners of its project, and an added host to these people; they are asked before the app may send them to a new URI.',
    needs: 'apps:write',
    body: taken(
      updateAppSchema,
      {
        ...appFields(),
        grantTypes: grantTypesTold('The ways to a token.'),
        scopes: appScopesTold('What it may ask for. People are asked before it gets more of them.'),
      },
      { example: { description: 'Copies invoices into the ledger' } },
    ),
    answer: { status: 200, description: 'The app as it is now.', shape: appShape, example: examples.app },
    refusals: ['forbidden'],
  },
  'POST /apps/{id}/rotate-secret': {
    id: 'rotateClientSecret',
    tag: 'Apps',
    summary: 'Rotate a client secret',
    description:
      'Gives the app a new secret. The old one stops at once, or works on for a while beside the new one. At most two secrets of an app work at once. Tokens stay as they are.',
    needs: 'apps:write',
    body: taken(
      rotateSecretSchema,
      { overlapSeconds: 'How long the old secret still works, in seconds: at most 604800, which is 7 days.' },
      { example: { overlapSeconds: 86_400 }, optional: true },
    ),
    answer: { status: 200, description: 'The app and its new secret.', shape: newAppShape, example: examples.newApp },
    refusals: ['forbidden', 'conflict'],
  },
  'POST /apps/{id}/end-overlap': {
    id: 'endClientSecretOverlap',
    tag: 'Apps',
    summary: 'End the overlap of a client secret',
    description: 'Stops the old secret now. Nothing is sent along.',
    needs: 'apps:write',
    answer: { status: 200, description: 'The app, with its new secret alone.', shape: appShape, example: examples.app },
    refusals: ['forbidden', 'conflict'],
  },
  'POST /apps/{id}/disable': {
    id: 'disableApp',
    tag: 'Apps',
    summary: 'Disable an app',
    description:
      'It gets no more tokens, and those it has are refused everywhere when the answer arrives. Nothing is sent along.',
    needs: 'apps:write',
    answer: {
      status: 200,
      description: 'The app, disabled.',
      shape: appShape,
      example: { ...examples.app, status: 'disabled' },
    },
    refusals: ['forbidden', 'conflict'],
  },
  'POST /apps/{id}/enable': {
    id: 'enableApp',
    tag: 'Apps',
    summary: 'Enable an app',
    description: 'With the grants that it had. What an admin of the site disabled only an admin enables.',
    needs: 'apps:write',
    answer: { status: 200, description: 'The app, working again.', shape: appShape, example: examples.app },
    refusals: ['forbidden', 'conflict'],
  },
  'GET /openapi.json': {
    id: 'getDocument',
    tag: 'Document',
    summary: 'Read this document',
    description:
      'Needs no credential. A key that is sent along is judged all the same; a session cookie is not looked at.',
    needs: 'nothing',
    answer: { status: 200, description: 'OpenAPI 3.1.' },
  },
  'POST /verify': {
    id: 'verifyCredential',
    tag: 'Gate',
    summary: 'Judge a credential',
    description:
      'For a resource server: was the key or access token that a client sent good for this request? With `resource`, a token must be bound to that API and a key must hold one of its scopes; without it, a token must be for this site’s own API. 200 either way; an unknown `resource` is 422. What the client got wrong counts against `address`, and its requests against its own limit. A verdict is for one request and is never cached.',
    needs: 'credentials:verify',
    body: taken(
      verifySchema,
      {
        credential: 'What the client sent, as it came.',
        scopes: { description: 'Scopes that it must hold.', override: { default: [] } },
        address: "The client's address. Without it a key with an allowlist is refused.",
        resource: 'The identifier of the API that the client called.',
      },
      { example: { credential: examples.secret, scopes: ['orders:read'], address: '203.0.113.7' } },
    ),
    answer: {
      status: 200,
      description: 'The verdict.',
      shape: verdictShape,
      example: { valid: true, ...examples.caller },
    },
    refusals: ['forbidden'],
  },
  'GET /forward-auth': {
    id: 'forwardAuth',
    tag: 'Gate',
    summary: 'Judge a request',
    description:
      'For a gateway (nginx, Caddy, Traefik): judges the key or access token in the headers of the request that it is asked about. With `resource`, a token must be bound to that API and a key must hold one of its scopes; without it, a token must be for this site’s own API. The five headers are always there and never empty: `-` stands where there is nothing to say. A refusal has its code in `X-Latchkey-Code` too, for gateways that drop its body.',
    needs: 'any',
    query: taken(z.strictObject({ scope: z.string().optional(), resource: z.string().optional() }), {
      scope: 'Scopes that it must hold, with spaces or commas between them.',
      resource: 'The identifier of the API that the request is for. An unknown one refuses every credential.',
    }),
    answer: {
      status: 204,
      description: 'Let it through.',
      headers: {
        'X-Latchkey-Credential': 'The id of the key or token; `-` with Basic.',
        'X-Latchkey-Project':
          'The id of the project that it is about: that of the key; with a token the one that its person chose when they allowed the app, or for a token of the app itself that of the app. `-` with Basic and for a token that is about no project.',
        'X-Latchkey-User':
          'The id of the person whom a token acts for, or who sent Basic; `-` for a key and for a token of the app itself.',
        'X-Latchkey-Third-Party':
          'The id of the third party that the key was made for, or the `client_id` of the app that the token was issued to; `-` where there is none.',
        'X-Latchkey-Scopes': 'What it may do now, with spaces between the scopes; `-` for none.',
      },
    },
    refusals: ['insufficient_scope', 'forbidden'],
  },
}

/** All of them, each with its method and path. */
export const operationList = Object.entries(operations).map(([route, operation]) => {
  const [method = '', path = ''] = route.split(' ')
  return { ...operation, method, path }
})

export type Route = (typeof operationList)[number]

/** Every member of the shape is told about: one that is forgotten does not compile. */
function taken<Shape extends z.ZodRawShape>(
  shape: z.ZodObject<Shape>,
  told: { [Name in keyof Shape]: Told },
  more: { example?: unknown; optional?: boolean } = {},
): Taken {
  return { shape, told: told as Record<string, Told>, ...more }
}

function thirdPartyFields() {
  return {
    name: 'Unique in the project, whatever the case of its letters.',
    website: 'A full address, http or https.',
    contact: 'Whom to reach there, and how.',
    purpose: 'What it uses your API for.',
    app: 'The id of the registered app that it is. Its keys and what people let the app do are then one connection.',
  }
}

function appFields() {
  return {
    name: 'What people are shown when it asks them: one line of 1 to 100 characters.',
    description: 'What it is for: at most 1,000 characters.',
    homepage: 'A full address, https; http on localhost.',
    redirectUris:
      'Where people are sent back to, compared letter by letter: https, or http on localhost, 127.0.0.1 and [::1]. A native app may use a scheme with a dot, such as `com.example.app:/callback`, and any port on loopback. At most 20.',
    accessTtl: 'Seconds that an access token works: 60 to 86400.',
    refreshTtl: 'Seconds that a refresh token works: 3600 to 31536000.',
    machineTtl: "Seconds that one of the app's own tokens works: 60 to 86400.",
  }
}

function grantTypesTold(description: string): Told {
  return { description, override: { items: { type: 'string', enum: [...grantTypes] } } }
}

function appScopesTold(description: string): Told {
  return { description, override: { items: { type: 'string', enum: allAppScopes } } }
}

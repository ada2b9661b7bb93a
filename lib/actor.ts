import type { Scope } from './scopes'

/** Where an act came from; copied into the audit log. `address` is null when the act had no network peer. */
export interface Origin {
  address: string | null
  userAgent: string | null
  requestId: string
  /** Set by an act that ended or narrowed a credential: when it committed, monotonic ms. The edge waits by it. */
  narrowedAt?: number
}

/**
 * A person who proved who they are: by a session, whose row was read in the same request, or by password (Basic), where
 * that is on. Made only by `lib/session.ts` and `lib/users/sign-in.ts`.
 */
export interface UserActor {
  kind: 'user'
  userId: string
  /** Null with Basic, which has no session. */
  sessionId: string | null
  /** When the session ends at the latest, whatever is done with it; null with Basic. */
  expiresAt: Date | null
  name: string
  email: string
  isAdmin: boolean
  origin: Origin
}

/** A person in a browser, by their session. */
export type SessionActor = UserActor & {
  sessionId: string
  expiresAt: Date
  /** Their role changed since the session goes by its id: the next page gives it another one. */
  awaitsRenewal: boolean
}

/**
 * An API key that was judged good in this request. Made only by `lib/api/authenticate.ts`.
 * `scopes` are already cut down to what the responsible person's role allows now.
 */
export interface KeyActor {
  kind: 'key'
  keyId: string
  /** The version of the key's secret that was sent. */
  secretId: string
  label: string
  projectId: string
  responsibleId: string
  scopes: readonly Scope[]
  origin: Origin
}

/**
 * An OAuth access token that was judged good in this request. Made only by `lib/api/authenticate.ts`. `scopes` are
 * already cut down to what the grant, the app and the person's role allow now.
 */
export interface TokenActor {
  kind: 'token'
  /** The token's public id. */
  tokenId: string
  clientId: string
  clientName: string
  /** Null for the app's own tokens (client credentials), which act for nobody. */
  grantId: string | null
  /** The token family: what came of one authorization, and ends together. Null as `grantId` is. */
  familyId: string | null
  /** The person it acts for; null for the app's own tokens. */
  user: { id: string; name: string } | null
  /** Whose role bounds it: the person it acts for, or the one who answers for the app. */
  responsibleId: string
  /** The project that it is about; null when nothing granted needs one. */
  projectId: string | null
  scopes: readonly Scope[]
  origin: Origin
}

/** The server itself or the command line; `asUserId` is the person it acts for where one is named. */
export interface SystemActor {
  kind: 'system'
  name: 'cli' | 'server'
  asUserId?: string
  origin: Origin
}

/**
 * An app at an OAuth endpoint, which proves itself by its client secret and not by a token. It calls no verb: only the
 * audit log knows it as an actor.
 */
export interface ClientActor {
  kind: 'client'
  clientId: string
  clientName: string
  origin: Origin
}

/** Who acts. The first parameter of every verb, so that none can be called anonymously by accident. */
export type Actor = UserActor | KeyActor | TokenActor | SystemActor

import 'server-only'
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { auditEvents } from '@/db/schema'
import { env } from '@/lib/env'

type Event = typeof auditEvents.$inferSelect

/** Before the first event. */
export const GENESIS = { number: 0, hash: createHash('sha256').update('latchkey audit log').digest('base64url') }

/** Where the chain stands after an event: its place in it, and the hash of everything up to there. */
export interface Link {
  number: number
  hash: string
}

/** What a hash covers. Never added to: events that were sealed without a column would then be taken for changed ones. */
const sealedFields = [
  'sequence',
  'id',
  'actorKind',
  'actorId',
  'actorName',
  'action',
  'targetKind',
  'targetId',
  'targetName',
  'projectId',
  'result',
  'address',
  'userAgent',
  'requestId',
  'changes',
] as const satisfies readonly (keyof Event)[]

/** The link of `event` after `before`: SHA-256 over the hash before it, its number, and the event in canonical JSON. */
export function nextLink(before: Link, event: Event): Link {
  const number = before.number + 1
  const text = `${before.hash}\n${number}\n${canonical(sealedOf(event))}`
  return { number, hash: createHash('sha256').update(text).digest('base64url') }
}

const sealedOf = (event: Event) => ({
  ...Object.fromEntries(sealedFields.map((field) => [field, event[field]])),
  at: timeOf(event.at),
})

/** A time of an event, in ISO 8601. PostgreSQL has times that JavaScript has not: they are told as the last that it has. */
export const timeOf = (at: Date): string => (Number.isNaN(at.getTime()) ? END_OF_TIME : at).toISOString()

const END_OF_TIME = new Date(8.64e15)

/**
 * A head that only this site can make: whoever writes to the database, but has not got the pepper, can neither shorten
 * the log nor rewrite it without its being seen.
 */
export function sealHead({ number, hash }: Link): { mac: string; pepperId: string } {
  const [pepper] = env().peppers
  return { mac: macOf({ number, hash }, pepper.key), pepperId: pepper.id }
}

/** Whether a head was made here. False too when its pepper is no longer configured. */
export function isOurHead(head: Link & { mac: string; pepperId: string }): boolean {
  const pepper = env().peppers.find(({ id }) => id === head.pepperId)
  if (!pepper) return false
  const [mac, stored] = [Buffer.from(macOf(head, pepper.key)), Buffer.from(head.mac)]
  return mac.length === stored.length && timingSafeEqual(mac, stored)
}

const macOf = ({ number, hash }: Link, key: Parameters<typeof createHmac>[1]): string =>
  createHmac('sha256', key).update(`latchkey audit head\n${number}\n${hash}`).digest('base64url')

/** JSON with members sorted by name at every level (as RFC 8785 has it): `jsonb` keeps no order of its own. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

import 'server-only'
import { db } from '@/db'
import { auditHead, auditSealer } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import { forget } from '@/lib/runtime'
import { GENESIS, type Link, sealHead } from './chain'
import { readEnd } from './end'
import { recordAudit } from './record'

/**
 * Takes the log as it stands for this site's own and signs its end, so that it is sealed again: on purpose, by an
 * operator who has lost a pepper, or has found out what became of the log and cannot put it right. That leaves an event.
 * Other processes that have seen a later end must be started anew.
 *
 * @param head where the log ends, as `verifyAudit` has found it
 * @throws Failure `conflict` when it ends elsewhere: what does not hang together cannot be signed
 */
export async function signHead(actor: SystemActor, head: Link): Promise<{ head: string }> {
  const name = ({ number, hash }: Link) => `${number}:${hash}`
  await db().transaction(async (tx) => {
    // Put back if somebody removed it: without it nothing is sealed.
    await tx.insert(auditSealer).values({ id: 1 }).onConflictDoNothing()
    await tx.select().from(auditSealer).for('update')
    const { head: before, last } = await readEnd(tx)
    if (name(last ?? GENESIS) !== name(head)) {
      throw new Failure('conflict', 'The log does not end with this head. Look at what `audit verify` says of it.')
    }
    const signed = { ...head, ...sealHead(head) }
    await tx
      .insert(auditHead)
      .values({ id: 1, ...signed })
      .onConflictDoUpdate({ target: auditHead.id, set: signed })
    await recordAudit(tx, actor, {
      action: 'site.log_signed',
      target: { kind: 'site', id: 'audit', name: 'Audit log' },
      changes: { head: [before && name(before), name(head)] },
    })
  })
  forget('audit-sealing')
  return { head: name(head) }
}

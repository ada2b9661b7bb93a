import 'server-only'
import { desc, eq, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { auditHead, auditSeals } from '@/db/schema'
import { GENESIS, isOurHead, type Link } from './chain'

/** Where the log ends, by its head and by its last seal. */
export interface End {
  head: (Link & { mac: string; pepperId: string }) | null
  last: Link | null
  /** Whether events were ever sealed here, as far as the database remembers. */
  begun: boolean
}

/** Reads the end of the log in one statement: beside a sealer at work, the head and the seals still belong together. */
export async function readEnd(tx: Database): Promise<End> {
  const last = tx
    .select({ number: auditSeals.number, hash: auditSeals.hash })
    .from(auditSeals)
    .orderBy(desc(auditSeals.number))
    .limit(1)
    .as('last')
  const [end] = await tx
    .select({
      head: auditHead,
      last: { number: last.number, hash: last.hash },
      begun: sql<boolean>`pg_sequence_last_value('audit_sealings'::regclass) is not null`,
    })
    .from(sql`(select 1) as one`)
    .leftJoin(auditHead, eq(auditHead.id, 1))
    .leftJoin(last, sql`true`)
  return { head: end?.head ?? null, last: end?.last ?? null, begun: end?.begun ?? false }
}

/** What is wrong with the end of the log, in words; null when it is as this site left it. */
export function problemOf({ head, last, begun }: End): string | null {
  if (!head && !last) return begun ? 'The whole log was removed.' : null
  if (!head) return 'The head was removed.'
  if (!isOurHead(head)) {
    return `The head was changed by somebody without the secrets of this site, or its pepper (${head.pepperId}) is no longer in KEY_PEPPERS.`
  }
  const { number, hash } = last ?? GENESIS
  if (head.number > number) return `The tail was cut: events ${number + 1} to ${head.number} are gone.`
  if (head.number < number) {
    return `Events were added behind number ${head.number} by somebody without the secrets of this site.`
  }
  return head.hash === hash ? null : `The seal of event number ${number} is another one than the head names.`
}

import type { NextRequest } from 'next/server'
import type { SessionActor } from '@/lib/actor'
import { actingAdmin } from '@/lib/auth'
import { csvLine } from '@/lib/csv'
import { beginExport } from '@/lib/exports/begin'
import { type KeyFilter, keyFilterSchema, searchKeys } from '@/lib/keys/search'
import { download } from '../../download'
import { exportFilter } from '../../export-filter'
import { sureFirst } from '../../sure-first'

/** All keys that pass the filter of the table, as CSV, oldest first: what is made meanwhile comes at the end. */
export async function GET(request: NextRequest): Promise<Response> {
  const user = await actingAdmin()
  const { filter, refusal } = exportFilter(request.nextUrl.searchParams, keyFilterSchema)
  if (refusal) return refusal
  await sureFirst(request, beginExport(user, 'keys', filter))
  return download('keys.csv', 'text/csv', exported(user, filter))
}

/** How many keys are read and written out at once: others wait for as long as that takes. */
const PART = 250

const columns = [
  'Id',
  'Label',
  'Project',
  'Owner',
  'Owner e-mail',
  'Third party',
  'Key',
  'Scopes',
  'Created',
  'Created by',
  'Last used',
  'Expires',
  'Status',
  'Revoked',
  'Revoked by',
  'Reason',
]

async function* exported(user: SessionActor, filter: KeyFilter): AsyncGenerator<string> {
  yield csvLine(columns)
  for (let cursor: string | undefined; ; ) {
    const page = await searchKeys(user, { ...filter, sort: 'createdAt', limit: PART, cursor, every: true })
    yield page.data
      .map((key) =>
        csvLine([
          key.id,
          key.label,
          key.project.slug,
          key.responsible.name,
          key.responsible.email,
          key.thirdParty?.name ?? null,
          key.hint,
          key.scopes.join(' '),
          key.createdAt,
          key.createdBy.name,
          key.lastUsedAt,
          key.expiresAt,
          key.status,
          key.revokedAt,
          key.revokedBy?.name ?? null,
          key.revokeReason,
        ]),
      )
      .join('')
    if (!page.nextCursor) return
    cursor = page.nextCursor
  }
}

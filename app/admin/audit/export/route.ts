import type { NextRequest } from 'next/server'
import { loadAuditQuery } from '@/components/admin/audit-query'
import type { SessionActor } from '@/lib/actor'
import { type AuditFilter, type LoggedEvent, searchAudit } from '@/lib/audit/search'
import { actingAdmin } from '@/lib/auth'
import { csvLine } from '@/lib/csv'
import { download } from '../../download'
import { filterOf } from '../audit-filter'

/** All events that pass the filter of the page, newest first: as CSV, or with `format=jsonl` as JSON Lines. */
export async function GET(request: NextRequest): Promise<Response> {
  const user = await actingAdmin()
  const filter = filterOf(loadAuditQuery(request))
  return request.nextUrl.searchParams.get('format') === 'jsonl'
    ? download(
        'audit.jsonl',
        'application/jsonl',
        lines(user, filter, (event) => `${JSON.stringify(event)}\n`),
      )
    : download('audit.csv', 'text/csv', lines(user, filter, inCells, csvLine(columns)))
}

const columns = [
  'Number',
  'Id',
  'Time',
  'Actor kind',
  'Actor id',
  'Actor',
  'Action',
  'Target kind',
  'Target id',
  'Target',
  'Project',
  'Result',
  'Address',
  'User agent',
  'Request',
  'Changes',
]

const inCells = (event: LoggedEvent): string =>
  csvLine([
    event.number,
    event.id,
    event.at,
    event.actor.kind,
    event.actor.id,
    event.actor.name,
    event.action,
    event.target.kind,
    event.target.id,
    event.target.name,
    event.project?.slug ?? null,
    event.result,
    event.address,
    event.userAgent,
    event.requestId,
    JSON.stringify(event.changes),
  ])

async function* lines(
  user: SessionActor,
  filter: AuditFilter,
  line: (event: LoggedEvent) => string,
  head = '',
): AsyncGenerator<string> {
  yield head
  for (let cursor: string | undefined; ; ) {
    const page = await searchAudit(user, { ...filter, cursor, limit: 1_000 })
    yield page.data.map(line).join('')
    if (!page.nextCursor) return
    cursor = page.nextCursor
  }
}

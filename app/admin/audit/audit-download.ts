import 'server-only'
import type { NextRequest } from 'next/server'
import type { LoggedEvent, LogPage } from '@/lib/audit/search'
import { csvLine } from '@/lib/csv'
import { download } from '../download'

/**
 * Events as a file, newest first: CSV, or JSON Lines where the address says `format=jsonl`.
 *
 * @param read gives a page of them, from a cursor on
 */
export function auditDownload(
  request: NextRequest,
  name: string,
  read: (page: { cursor?: string; limit: number }) => Promise<LogPage>,
): Response {
  return request.nextUrl.searchParams.get('format') === 'jsonl'
    ? download(
        `${name}.jsonl`,
        'application/jsonl',
        lines(read, (event) => `${JSON.stringify(event)}\n`),
      )
    : download(`${name}.csv`, 'text/csv', lines(read, inCells, csvLine(columns)))
}

/** How many events are read and written out at once: others wait for so long as that takes, some 20 ms. */
const PART = 250

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
  read: (page: { cursor?: string; limit: number }) => Promise<LogPage>,
  line: (event: LoggedEvent) => string,
  head = '',
): AsyncGenerator<string> {
  yield head
  for (let cursor: string | undefined; ; ) {
    const page = await read({ cursor, limit: PART })
    yield page.data.map(line).join('')
    if (!page.nextCursor) return
    cursor = page.nextCursor
  }
}

'use client'

import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Status } from '@/components/ui/status'
import { ClockTime, RelativeTime } from '@/components/ui/time'
import { useAppActs } from './app-acts'
import type { AppRow } from './app-row'

/** The secrets of an app that work: the current one and, during an overlap, the old one with "End now". */
export function AppSecrets({ row }: { row: AppRow }) {
  const { canWrite, endOverlap, pending } = useAppActs()
  return (
    <Card title={row.secrets.length > 1 ? 'Client secrets' : 'Client secret'} flush>
      {row.isPublic ? (
        <p className="p-4 text-quiet">None. Its code runs where users can look into it.</p>
      ) : (
        <ul>
          {row.secrets.map((secret) => (
            <li
              key={secret.hint}
              className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b px-4 py-3 last:border-b-0"
            >
              <div>
                <code className="font-mono text-sm">{secret.hint}</code>
                <p className="text-quiet text-sm">
                  {secret.endsAt ? (
                    <>
                      Works until <ClockTime value={secret.endsAt} />
                    </>
                  ) : (
                    <>
                      Since <RelativeTime value={secret.createdAt} />
                    </>
                  )}
                </p>
              </div>
              {row.secrets.length > 1 && (
                <span className="flex items-center gap-3">
                  <Status tone={secret.endsAt ? 'will-end' : 'works'}>{secret.endsAt ? 'Old' : 'Current'}</Status>
                  {secret.endsAt && canWrite && (
                    <Button size="sm" pending={pending} onClick={() => endOverlap(row)}>
                      End now
                    </Button>
                  )}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

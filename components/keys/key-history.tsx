import { Change, isNothing } from '@/components/admin/change'
import { Card } from '@/components/ui/card'
import { RelativeTime } from '@/components/ui/time'
import type { AuditEvent } from '@/lib/audit/list'
import { actWords, fieldWords, whoWords } from '@/lib/audit/words'

/**
 * What was done with a key, by whom and from where, newest first.
 *
 * @param named says of each act what it was done with, where the history is that of several things
 */
export function KeyHistory({ events, named }: { events: AuditEvent[]; named?: boolean }) {
  return (
    <Card title="History" flush className="lg:col-span-2">
      <ol>
        {events.map((event) => (
          <li
            key={event.id}
            className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 border-b px-4 py-3 last:border-b-0"
          >
            <div className="wrap-anywhere min-w-0 grow basis-80">
              <p>
                <span className="font-semibold">{whoWords(event)}</span>
                {event.actor.kind === 'key' && ' (a key)'} {actWords[event.action] ?? event.action}
                {event.result === 'refused' && <span className="text-warn-ink"> (tried, and was refused)</span>}
                {named && event.target.kind === 'key' && <span className="font-semibold"> {event.target.name}</span>}
              </p>
              {Object.entries(event.changes).map(([field, [from, to]]) =>
                isNothing(from) && isNothing(to) ? null : (
                  <p key={field} className="text-quiet text-sm">
                    {fieldWords[field] ?? field}: <Change field={field} from={from} to={to} />
                  </p>
                ),
              )}
            </div>
            <p className="text-quiet text-sm">
              <RelativeTime value={event.at} />
              {event.address && ` from ${event.address}`}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  )
}

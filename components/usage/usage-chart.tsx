import { countText, dayText } from '@/components/ui/words'
import type { Usage } from '@/lib/usage/read'

type Days = Usage['days']

/** Bars by the day, drawn on the server: requests, and on top of them in amber what was refused. The table has it in figures. */
export function UsageChart({ days }: { days: Days }) {
  const top = niceTop(Math.max(...days.map(({ requests, refused }) => requests + refused)))
  return (
    <>
      <div
        role="img"
        aria-label={inWords(days)}
        className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-quiet text-sm"
      >
        <div className="flex h-40 flex-col justify-between text-right tabular-nums leading-none">
          {[top, top / 2, 0].map((value) => (
            <span key={value} className="-my-1.5">
              {compact.format(value)}
            </span>
          ))}
        </div>
        <div className="relative h-40">
          <div className="absolute inset-0 flex flex-col justify-between">
            {[0, 1, 2].map((line) => (
              <div key={line} className="border-t" />
            ))}
          </div>
          <div className="absolute inset-0 flex items-stretch">
            {days.map((day) => (
              <Bar key={day.date} day={day} top={top} />
            ))}
          </div>
        </div>
        <div className="col-start-2 mt-2 flex justify-between">
          {[days[0], days[Math.floor(days.length / 2)], days.at(-1)].map(
            (day) => day && <span key={day.date}>{shortDay(day.date)}</span>,
          )}
        </div>
      </div>
      <details className="mt-3">
        <summary className="w-fit rounded-control text-quiet hover:text-ink">Show as a table</summary>
        <UsageTable days={days} />
      </details>
    </>
  )
}

function Bar({ day: { date, requests, refused }, top }: { day: Days[number]; top: number }) {
  return (
    <div
      title={`${utcDay(date)}: ${countText(requests, 'request')}, ${refused.toLocaleString('en-US')} refused`}
      className="flex min-w-0 grow basis-0 flex-col justify-end px-px hover:bg-hover sm:px-0.5"
    >
      {/* One of a hundred thousand is still to be seen. */}
      {refused > 0 && (
        <div className="min-h-[3px] rounded-t-[2px] bg-warn" style={{ height: `${(100 * refused) / top}%` }} />
      )}
      {requests > 0 && (
        <div
          className={`min-h-[3px] bg-accent ${refused > 0 ? 'mt-px' : 'rounded-t-[2px]'}`}
          style={{ height: `${(100 * requests) / top}%` }}
        />
      )}
    </div>
  )
}

function UsageTable({ days }: { days: Days }) {
  return (
    <table className="mt-2 w-full max-w-100 text-left tabular-nums">
      <thead>
        <tr className="text-quiet text-sm">
          <th scope="col" className="border-b py-1.5 font-normal">
            Day
          </th>
          <th scope="col" className="border-b py-1.5 text-right font-normal">
            Requests
          </th>
          <th scope="col" className="border-b py-1.5 text-right font-normal">
            Refused
          </th>
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map(({ date, requests, refused }) => (
          <tr key={date}>
            <th scope="row" className="border-b py-1.5 font-normal">
              {utcDay(date)}
            </th>
            <td className="border-b py-1.5 text-right">{requests.toLocaleString('en-US')}</td>
            <td className="border-b py-1.5 text-right">{refused.toLocaleString('en-US')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The least of 2, 4, 6, 8, 10 and their tenfolds that is not below `most`: it and its half are good to read. */
function niceTop(most: number): number {
  for (let power = 1; ; power *= 10) {
    const top = [2, 4, 6, 8, 10].find((each) => each * power >= most)
    if (top) return top * power
  }
}

function inWords(days: Days): string {
  const busiest = days.reduce((most, day) => (day.requests > most.requests ? day : most))
  const total = days.reduce((sum, { requests }) => sum + requests, 0)
  const refused = days.reduce((sum, day) => sum + day.refused, 0)
  const most = total > 0 ? `, most of them on ${utcDay(busiest.date)} (${busiest.requests})` : ''
  return `Bars by the day: ${countText(total, 'request')} in ${countText(days.length, 'day')}${most}; ${refused} refused.`
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact' })

/** A day of the counts is a day in UTC, wherever the reader is. */
const utcDay = (date: string): string => dayText(date, 'UTC')

const shortDay = (date: string): string => utcDay(date).replace(/ \d+$/, '')

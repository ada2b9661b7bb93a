import Link from 'next/link'
import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'
import { RelativeTime } from '@/components/ui/time'
import type { LoggedEvent } from '@/lib/audit/search'
import { actWords, fieldWords, whoWords } from '@/lib/audit/words'
import { auditHref } from './audit-query'
import { Change, isNothing } from './change'
import { keysHref } from './keys-query'
import { usersHref } from './users-query'

/** Events as lines, each of which opens to all that is known of it. */
export function AuditEvents({
  events,
  busy,
  path,
  project,
}: {
  events: readonly LoggedEvent[]
  busy: boolean
  /** The page that they stand in, for links to all by one actor and all about one target. */
  path: string
  /** The slug of the project whose history this is; without it, the site's. */
  project?: string
}) {
  return (
    <ol
      aria-label="Events"
      aria-busy={busy || undefined}
      className={cx('rounded-surface border bg-surface transition-opacity', busy && 'opacity-60')}
    >
      {events.map((event) => (
        <li key={event.id} className="border-b last:border-b-0">
          <details>
            <summary className="flex cursor-pointer flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 px-4 py-3 hover:bg-hover">
              <span className="wrap-anywhere min-w-0 grow basis-80">
                <span className="font-semibold">{whoWords(event)}</span>{' '}
                {(actWords as Record<string, string>)[event.action] ?? event.action}
                {isNamed(event.target) && event.target.name !== whoWords(event) && (
                  <>
                    : <span className="font-semibold">{event.target.name}</span>
                  </>
                )}
                {event.result === 'refused' && <span className="text-warn-ink"> (tried, and was refused)</span>}
              </span>
              <span className="text-quiet text-sm">
                <RelativeTime value={event.at} />
                {event.address && ` from ${event.address}`}
              </span>
            </summary>
            <Details event={event} path={path} project={project} />
          </details>
        </li>
      ))}
    </ol>
  )
}

function Details({ event, path, project }: { event: LoggedEvent; path: string; project?: string }) {
  const target = project === undefined ? siteHref(event.target) : projectHref(project, event.target)
  const facts: [string, ReactNode][] = [
    ['Number', event.number === null ? 'Not sealed yet' : event.number.toLocaleString('en-US')],
    ['Time', event.at],
    ['Action', <Code key="action">{event.action}</Code>],
    ['Result', event.result === 'refused' ? 'Refused' : 'Allowed'],
    [
      'Actor',
      <Party
        key="actor"
        {...event.actor}
        href={event.actor.id && auditHref(path, { actor: event.actor.id })}
        all="all by this actor"
      />,
    ],
    [
      'Target',
      <Party
        key="target"
        {...event.target}
        href={auditHref(path, { target: event.target.id })}
        all="all about this target"
        open={target}
      />,
    ],
    ['Project', project === undefined && event.project && `${event.project.name} (${event.project.slug})`],
    ['Address', event.address],
    ['User agent', event.userAgent],
    ['Request', event.requestId && <Code key="request">{event.requestId}</Code>],
    ...Object.entries(event.changes).map(([field, [from, to]]): [string, ReactNode] => [
      fieldWords[field] ?? field,
      isNothing(from) && isNothing(to) ? null : <Change key={field} field={field} from={from} to={to} />,
    ]),
  ]
  return (
    <dl className="grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-1.5 border-t bg-well px-4 py-3 text-sm">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name} className="contents">
            <dt className="text-quiet">{name}</dt>
            <dd className="wrap-anywhere min-w-0">{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  )
}

function Party({
  kind,
  id,
  name,
  href,
  all,
  open,
}: {
  kind: string
  id: string | null
  name: string
  href: string | null
  all: string
  open?: string | null
}) {
  return (
    <>
      {name} <span className="text-quiet">({kind.replace('_', ' ')})</span> {id && <Code>{id}</Code>}
      {open && (
        <>
          {' · '}
          <Go href={open}>open</Go>
        </>
      )}
      {href && (
        <>
          {' · '}
          <Go href={href}>{all}</Go>
        </>
      )}
    </>
  )
}

const Go = ({ href, children }: { href: string; children: string }) => (
  <Link
    href={href}
    className="rounded-[3px] text-accent-ink underline decoration-current/40 underline-offset-3 hover:decoration-current"
  >
    {children}
  </Link>
)

const Code = ({ children }: { children: string }) => <code className="font-mono">{children}</code>

/** Where the target can be seen in its project, if anywhere. */
function projectHref(slug: string, { kind, id }: LoggedEvent['target']): string | null {
  const page = targetPages[kind as keyof typeof targetPages]
  return page ? `/projects/${slug}/${page(encodeURIComponent(id))}` : null
}

const targetPages = {
  key: (id: string) => `keys/${id}`,
  app: (id: string) => `apps/${id}`,
  third_party: () => 'third-parties',
  invitation: () => 'members',
  user: () => 'members',
  project: () => 'settings',
}

/** Where the target can be seen in the admin view, if anywhere. */
function siteHref({ kind, name }: LoggedEvent['target']): string | null {
  if (kind === 'user') return usersHref('/admin/users', { q: name })
  if (kind === 'key') return keysHref('/admin/keys', { q: name, status: 'all' })
  if (kind === 'app') return `/admin/apps?q=${encodeURIComponent(name)}`
  return null
}

/** What was refused may be known by its id alone, which tells a reader nothing: it stands in the details. */
const isNamed = ({ kind, id, name }: LoggedEvent['target']) => name !== id || kind === 'route' || kind === 'session'

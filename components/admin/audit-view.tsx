'use client'

import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { type FormEvent, useTransition } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { EmptyState } from '@/components/ui/empty-state'
import { Field, Input } from '@/components/ui/field'
import { Pagination } from '@/components/ui/pagination'
import { Select } from '@/components/ui/select'
import { SureDownload } from '@/components/users/sure-download'
import type { LoggedEvent } from '@/lib/audit/search'
import { actWords } from '@/lib/audit/words'
import { AuditEvents } from './audit-events'
import { type AuditQuery, auditHref, auditQuery } from './audit-query'

const actions = [
  { value: '', label: 'Any' },
  ...Object.keys(actWords).map((action) => ({ value: action, label: action })),
]

const results = [
  { value: 'any', label: 'Any' },
  { value: 'allowed', label: 'Allowed' },
  { value: 'refused', label: 'Refused' },
] as const

const anything = { actor: null, action: null, target: null, project: null, result: null, from: null, to: null }

interface LogPage {
  events: LoggedEvent[]
  nextCursor: string | null
  previousCursor: string | null
}

/** Who did what on the whole site, newest first. Its state is its URL; events come from the server, a page at a time. */
export function AuditView({ head, ...page }: LogPage & { head: { number: number; hash: string } | null }) {
  return (
    <>
      <PageHead title="Audit log" inTopBar action={<AuditExports path="/admin/audit" />} />
      {head && <Head {...head} />}
      <AuditLog {...page} path="/admin/audit" />
    </>
  )
}

/** Links to all events that pass the filters, as files. `path` is the page that they stand in. */
export function AuditExports({ path }: { path: string }) {
  const [query] = useQueryStates(auditQuery)
  return ['csv', 'jsonl'].map((format) => (
    <SureDownload key={format} href={auditHref(`${path}/export?format=${format}`, { ...query, cursor: null })}>
      {format === 'csv' ? 'Export CSV' : 'Export JSON Lines'}
    </SureDownload>
  ))
}

/**
 * Events with their filters, in whatever page they stand.
 *
 * @param project the slug of the project whose history this is; without it, the site's
 */
export function AuditLog({
  events,
  nextCursor,
  previousCursor,
  path,
  project,
}: LogPage & { path: string; project?: string }) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(auditQuery, {
    shallow: false,
    startTransition,
    history: 'push',
    scroll: false,
  })
  const href = (cursor: string | null) => cursor && auditHref(path, { ...query, cursor })
  const filtered = Object.entries(query).some(
    ([name, value]) => name !== 'cursor' && value !== '' && value !== 'any' && value !== null,
  )
  return (
    <>
      <Filters
        // What was typed and not sent gives way to what the address says.
        key={auditHref('', { ...query, cursor: null })}
        query={query}
        filtered={filtered}
        ofProject={project !== undefined}
        onChange={(change) => setQuery({ ...change, cursor: null })}
      />
      {events.length === 0 ? (
        <EmptyState
          kind="filtered"
          title="No event matches these filters"
          action={<Button onClick={() => setQuery({ ...anything, cursor: null })}>Clear filters</Button>}
        >
          Actor and target are looked up by their ids, {project === undefined ? 'people' : 'members'} by their e-mail
          addresses too{project === undefined && ', a project by the name in its address'}. Days are days in UTC.
        </EmptyState>
      ) : (
        <>
          <AuditEvents events={events} busy={pending} path={path} project={project} />
          <Pagination
            count={events.length}
            noun="event"
            previousHref={href(previousCursor)}
            nextHref={href(nextCursor)}
            onPage={(to) => startTransition(() => router.push(to, { scroll: project === undefined }))}
          />
        </>
      )}
    </>
  )
}

/** Where the chain ends now: kept elsewhere, it shows later whether anything before it was changed. */
function Head({ number, hash }: { number: number; hash: string }) {
  return (
    <p className="mb-4 text-quiet">
      Sealed up to number <span className="text-ink tabular-nums">{number.toLocaleString('en-US')}</span>, hash{' '}
      <code className="wrap-anywhere font-mono text-ink text-sm">{hash}</code>{' '}
      <CopyButton value={`${number}:${hash}`} label="Copy the head of the chain" size="sm" iconOnly />
    </p>
  )
}

type Filter = Omit<AuditQuery, 'cursor'>

function Filters({
  query,
  filtered,
  ofProject,
  onChange,
}: {
  query: Filter
  filtered: boolean
  /** A project's own history has no other projects in it. */
  ofProject: boolean
  onChange: (change: { [Name in keyof Filter]?: Filter[Name] | null }) => void
}) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name) ?? '').trim() || null
    onChange({
      actor: text('actor'),
      target: text('target'),
      project: text('project'),
      from: text('from'),
      to: text('to'),
    })
  }
  return (
    <search className="mb-4">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <Select
          layout="filter"
          label="Action"
          value={query.action}
          onValueChange={(action) => onChange({ action: action || null })}
          options={actions}
        />
        <Select
          layout="filter"
          label="Result"
          value={query.result}
          onValueChange={(value) => onChange({ result: results.find((one) => one.value === value)?.value ?? null })}
          options={results}
        />
        {(ofProject ? (['actor', 'target'] as const) : (['actor', 'target', 'project'] as const)).map((name) => (
          <Field
            key={name}
            label={labels[name]}
            hideLabel
            className="w-40 gap-0! max-sm:w-[calc(50%-0.25rem)] max-sm:grow"
          >
            <Input
              name={name}
              defaultValue={query[name]}
              placeholder={labels[name]}
              title={name === 'project' ? 'The name in its address' : 'An id, or an e-mail address'}
              maxLength={254}
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        ))}
        <div className="flex gap-2 max-sm:w-full">
          {(['from', 'to'] as const).map((name) => (
            <label
              key={name}
              className="flex items-center gap-2 text-quiet max-sm:min-w-0 max-sm:grow max-sm:basis-0 max-sm:flex-col max-sm:items-stretch max-sm:gap-1"
            >
              {labels[name]}
              <input
                name={name}
                type="date"
                defaultValue={query[name]}
                className="control-box w-auto! max-sm:w-full! max-sm:min-w-0 max-sm:px-2!"
              />
            </label>
          ))}
        </div>
        <Button type="submit">Apply</Button>
        {filtered && (
          <Button variant="quiet" onClick={() => onChange(anything)}>
            Clear filters
          </Button>
        )}
      </form>
    </search>
  )
}

const labels = { actor: 'Actor', target: 'Target', project: 'Project', from: 'From', to: 'To' }

'use client'

import { Checkbox } from '@/components/ui/checkbox'
import { Select } from '@/components/ui/select'
import type { ConnectionsQuery } from './connections-query'

const ALL = 'all'

const kinds = [
  { value: ALL, label: 'Keys and apps' },
  { value: 'keys', label: 'With keys' },
  { value: 'apps', label: 'Apps you let in' },
] as const

/** What narrows the list of connections. */
export function ConnectionsFilters({
  query,
  projects,
  canSeeAll,
  onChange,
}: {
  query: ConnectionsQuery
  projects: readonly { slug: string; name: string }[]
  /** The reader owns the project that the list is kept to. */
  canSeeAll: boolean
  onChange: (change: Partial<{ [Name in keyof ConnectionsQuery]: ConnectionsQuery[Name] | null }>) => void
}) {
  return (
    <search className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
      <Select
        layout="filter"
        label="Project"
        value={query.project ?? ALL}
        onValueChange={(value) => onChange({ project: value === ALL ? null : value, keys: null })}
        options={[{ value: ALL, label: 'All' }, ...projects.map(({ slug, name }) => ({ value: slug, label: name }))]}
      />
      {canSeeAll && (
        <Select
          layout="filter"
          label="Keys"
          value={query.keys}
          onValueChange={(value) => onChange({ keys: value === 'all' ? 'all' : null })}
          options={[
            { value: 'mine', label: 'Those you answer for' },
            { value: 'all', label: 'All of the project' },
          ]}
        />
      )}
      <Select
        layout="filter"
        label="Show"
        value={query.kind ?? ALL}
        onValueChange={(value) => onChange({ kind: value === 'keys' || value === 'apps' ? value : null })}
        options={kinds}
      />
      <Checkbox
        label="Unused for 90 days"
        checked={query.unused}
        onChange={({ target }) => onChange({ unused: target.checked || null })}
      />
    </search>
  )
}

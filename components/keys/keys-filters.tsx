'use client'

import { Search, X } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { Tag } from '@/components/ui/tag'
import type { KeysQuery } from './keys-query'
import { searchText } from './search-text'

const statuses = [
  { value: 'unrevoked', label: 'Not revoked' },
  { value: 'active', label: 'Active' },
  { value: 'expiring', label: 'Expiring' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' },
  { value: 'all', label: 'All' },
] as const

/** What narrows the list of keys. */
export function KeysFilters({
  query,
  thirdParty,
  onSearch,
  onChange,
}: {
  query: KeysQuery
  thirdParty: { name: string } | null
  onSearch: (q: string) => void
  onChange: (change: Partial<Pick<KeysQuery, 'status' | 'thirdParty'>>) => void
}) {
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <div className="relative min-w-0 grow sm:max-w-80">
        <Search
          aria-hidden="true"
          className="pointer-events-none absolute top-1/2 left-3 z-1 size-4 -translate-y-1/2 text-quiet"
        />
        <Field label="Search keys" hideLabel className="gap-0!">
          <Input
            type="search"
            placeholder="Search keys"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            className="pl-9!"
            value={query.q}
            onChange={(event) => onSearch(searchText(event.target.value))}
          />
        </Field>
      </div>
      <Select
        layout="filter"
        label="Status"
        value={query.status}
        onValueChange={(value) => onChange({ status: statuses.find((one) => one.value === value)?.value })}
        options={statuses}
      />
      {query.thirdParty && (
        <span className="flex items-center gap-1">
          {thirdParty && <span className="text-quiet">Given to</span>}
          <Tag name={thirdParty?.name} />
          <Button size="sm" variant="quiet" onClick={() => onChange({ thirdParty: null })}>
            <X aria-hidden="true" className="size-4" />
            <span className="sr-only">Show the keys of all third parties</span>
          </Button>
        </span>
      )}
    </search>
  )
}

'use client'

import { X } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { ListFilters } from '@/components/ui/list-filters'
import { Tag } from '@/components/ui/tag'
import type { KeysQuery } from './keys-query'

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
  onChange: (change: { status?: KeysQuery['status'] | null; thirdParty?: null }) => void
}) {
  return (
    <ListFilters
      search={{ label: 'Search keys', value: query.q, onSearch }}
      filter={{
        label: 'Status',
        value: query.status,
        options: statuses,
        onChange: (status) => onChange({ status }),
      }}
    >
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
    </ListFilters>
  )
}

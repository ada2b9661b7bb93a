'use client'

import { debounce, type Options } from 'nuqs'
import type { ReactNode } from 'react'
import { SearchBox } from './search-box'
import { Select } from './select'

/** What narrows a list whose state is its URL: a search, and one filter. */
export function ListFilters<Value extends string>({
  search,
  filter,
  children,
}: {
  search: Parameters<typeof SearchBox>[0]
  filter: {
    label: string
    value: Value
    options: readonly { value: Value; label: string }[]
    /** Given null for a value that is none. */
    onChange: (value: Value | null) => void
  }
  children?: ReactNode
}) {
  const { label, value, options, onChange } = filter
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <SearchBox {...search} />
      <Select
        layout="filter"
        label={label}
        value={value}
        onValueChange={(next) => onChange(options.find((one) => one.value === next)?.value ?? null)}
        options={options}
      />
      {children}
    </search>
  )
}

/** How a search goes into the URL while it is typed: at the end of a word, and none of it as a step back. */
export const asTyped = (q: string): Options => ({
  history: 'replace',
  limitUrlUpdates: q === '' ? undefined : debounce(300),
})

'use client'

import { Search } from 'lucide-react'
import { Field, Input } from './field'
import { searchText } from './search-text'

/** What is searched for as it is typed. Of a credential only the hint is kept: the search goes into the URL. */
export function SearchBox({
  label,
  value,
  onSearch,
  onCredential,
}: {
  label: string
  value: string
  onSearch: (q: string) => void
  /** Given a whole credential, where somebody can make something of it. */
  onCredential?: (credential: string) => void
}) {
  function change(typed: string) {
    const credential = /[0-9A-Za-z]{2,9}_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/.exec(typed)?.[0]
    if (credential && onCredential) onCredential(credential)
    else onSearch(searchText(typed))
  }
  return (
    <div className="relative min-w-0 grow sm:max-w-80">
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-3 z-1 size-4 -translate-y-1/2 text-quiet"
      />
      <Field label={label} hideLabel className="gap-0!">
        <Input
          type="search"
          placeholder={label}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          className="pl-9!"
          value={value}
          onChange={(event) => change(event.target.value)}
        />
      </Field>
    </div>
  )
}

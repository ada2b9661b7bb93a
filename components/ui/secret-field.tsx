'use client'

import type { Ref } from 'react'

/**
 * A secret, whole and in groups of four. What is focused, selected and copied is a read-only field with the exact
 * text behind it, so that no gap gets into the copy. `label` names the field; call `select()` on its `ref`.
 */
export function SecretField({ label, value, ref }: { label: string; value: string; ref?: Ref<HTMLInputElement> }) {
  return (
    <div className="relative">
      <input
        ref={ref}
        aria-label={label}
        readOnly
        value={value}
        autoComplete="off"
        spellCheck={false}
        onFocus={(event) => event.currentTarget.select()}
        className="peer absolute inset-0 size-full cursor-text opacity-0"
      />
      <span
        aria-hidden="true"
        className="block select-none rounded-control border border-control bg-well px-3 py-2.5 font-mono text-lg leading-7 peer-focus:bg-accent-wash peer-focus-visible:outline-2 peer-focus-visible:outline-focus peer-focus-visible:-outline-offset-1"
      >
        {groups(value).map(({ text, at }) => (
          <span key={at} className="mr-2 inline-block">
            {text}
          </span>
        ))}
      </span>
    </div>
  )
}

/** Parts end at an underscore; long parts are cut into fours. */
function groups(value: string): { text: string; at: number }[] {
  return [...value.matchAll(/[^_]{1,4}_?/g)].map((match) => ({ text: match[0], at: match.index }))
}

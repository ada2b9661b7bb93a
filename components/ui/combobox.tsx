'use client'

import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import { Check, ChevronsUpDown, Plus, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { optionClass } from './select'

/** With `isNew`, `value` and `label` are both the name that was typed. */
export type ComboboxOption = {
  value: string
  label: string
  description?: ReactNode
  mark?: ReactNode
  isNew?: boolean
}

type ComboboxProps = {
  options: readonly ComboboxOption[]
  value: ComboboxOption | null
  onValueChange: (value: ComboboxOption | null) => void
  /** Lets a name be used that is not in the list yet. */
  allowNew?: boolean
  placeholder?: string
  disabled?: boolean
}

/** A field that finds one of a list while typing; stands inside a Field, which names it. */
export function Combobox({ options, value, onValueChange, allowNew, placeholder, disabled }: ComboboxProps) {
  const [query, setQuery] = useState(value?.label ?? '')
  const [open, setOpen] = useState(false)
  const actions = useRef<BaseCombobox.Root.Actions>(null)
  // The list is a plain box, not BaseCombobox.Popup: that one hides the rest of the form from screen readers while it is
  // open. So it is also taken away by hand.
  useEffect(() => {
    if (!open) actions.current?.unmount()
  }, [open])
  const typed = query.trim()
  const known = options.find((option) => sameName(option.label, typed))
  const fresh: ComboboxOption | null = allowNew && typed && !known ? { value: typed, label: typed, isNew: true } : null
  const items = fresh ? [...options, fresh] : value?.isNew ? [...options, value] : options

  // Who types a name and moves on means that name.
  function settle() {
    setOpen(false)
    const meant = known ?? fresh
    if (meant && meant.value !== value?.value) onValueChange(meant)
    setQuery(meant?.label ?? (typed ? (value?.label ?? '') : ''))
  }

  return (
    <BaseCombobox.Root
      items={items}
      value={value}
      onValueChange={onValueChange}
      inputValue={query}
      onInputValueChange={setQuery}
      isItemEqualToValue={(a, b) => a.value === b.value}
      autoHighlight
      disabled={disabled}
      open={open}
      onOpenChange={(next, { reason }) => {
        if (!next && reason === 'outside-press') settle()
        else setOpen(next)
      }}
      actionsRef={actions}
    >
      <BaseCombobox.InputGroup className="control-box relative flex items-center gap-1.5 py-0! pr-8!">
        {value?.mark}
        <BaseCombobox.Input
          placeholder={placeholder}
          onBlur={settle}
          className="-mr-7 min-h-8 min-w-0 grow self-stretch pr-7 bg-transparent outline-none placeholder:text-quiet max-sm:text-lg"
        />
        {value && (
          <BaseCombobox.Clear
            aria-label="Clear"
            className="z-1 grid size-7 shrink-0 place-items-center rounded-control text-quiet hover:bg-hover hover:text-ink max-sm:size-9"
          >
            <X aria-hidden="true" className="size-4" />
          </BaseCombobox.Clear>
        )}
        {/* Only drawn: a press on the field opens the list already. */}
        <ChevronsUpDown
          aria-hidden="true"
          className="pointer-events-none absolute right-2 size-4 text-quiet max-sm:right-3"
        />
      </BaseCombobox.InputGroup>
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner
          sideOffset={4}
          collisionPadding={8}
          className="z-50 outline-none"
          // Keeps the focus in the field.
          onMouseDown={(event) => event.preventDefault()}
        >
          <div className="popup max-h-[min(var(--available-height),20rem)] w-(--anchor-width) overflow-y-auto overscroll-contain">
            <BaseCombobox.Empty className="empty:hidden">
              <div className="px-3 py-2.5 text-quiet">No match</div>
            </BaseCombobox.Empty>
            <BaseCombobox.List className="p-1 empty:p-0">
              {(option: ComboboxOption) => (
                <BaseCombobox.Item key={option.value} value={option} className={optionClass}>
                  <span className="col-start-1 pt-0.5">
                    {option.isNew && option.value !== value?.value ? (
                      <Plus aria-hidden="true" className="size-4" />
                    ) : (
                      <BaseCombobox.ItemIndicator>
                        <Check aria-hidden="true" className="size-4" />
                      </BaseCombobox.ItemIndicator>
                    )}
                  </span>
                  <span className="wrap-anywhere col-start-2 flex min-w-0 items-start gap-2">
                    {option.mark}
                    <span className="min-w-0">
                      {option.isNew ? `Use "${option.label}"` : option.label}
                      {option.description && <span className="block text-quiet text-sm">{option.description}</span>}
                    </span>
                  </span>
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
          </div>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLocaleLowerCase('en') === b.trim().toLocaleLowerCase('en')
}

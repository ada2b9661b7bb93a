'use client'

import { Field as BaseField } from '@base-ui/react/field'
import { Select as BaseSelect } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx'

type SelectProps = {
  /** The accessible name of the control. */
  label: string
  options: readonly { value: string; label: string; description?: ReactNode; disabled?: boolean }[]
  value?: string
  defaultValue?: string
  onValueChange?: (value: string) => void
  name?: string
  description?: ReactNode
  error?: string | null
  disabled?: boolean
  /** In a form the label stands above; in a bar of filters it stands inside, before the value. */
  layout?: 'field' | 'filter'
}

/** One of a list, which opens from the control. */
export function Select({ layout = 'field', label, description, error, disabled, ...props }: SelectProps) {
  return (
    <BaseField.Root
      invalid={Boolean(error) || undefined}
      disabled={disabled}
      className={layout === 'field' ? 'flex flex-col gap-1.5' : 'shrink-0'}
    >
      <Parts {...props} layout={layout} label={label} />
      {error && (
        <BaseField.Error match className="text-danger-ink text-sm">
          {error}
        </BaseField.Error>
      )}
      {description && <BaseField.Description className="text-quiet text-sm">{description}</BaseField.Description>}
    </BaseField.Root>
  )
}

function Parts({ layout, label, options, value, defaultValue, onValueChange, name }: SelectProps) {
  const inside = layout === 'filter'
  return (
    <BaseSelect.Root
      items={options}
      name={name}
      value={value}
      defaultValue={defaultValue}
      onValueChange={(next) => next !== null && onValueChange?.(next)}
      modal={false}
    >
      {!inside && <BaseSelect.Label className="font-semibold">{label}</BaseSelect.Label>}
      <BaseSelect.Trigger
        aria-label={inside ? label : undefined}
        className={cx('control-box flex select-none items-center gap-2 pr-2 text-left', inside && 'w-auto')}
      >
        {inside && (
          <span aria-hidden="true" className="text-quiet">
            {label}
          </span>
        )}
        <BaseSelect.Value className="grow truncate" />
        <BaseSelect.Icon>
          <ChevronsUpDown aria-hidden="true" className="size-4 text-quiet" />
        </BaseSelect.Icon>
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner
          sideOffset={4}
          alignItemWithTrigger={false}
          collisionPadding={8}
          className="z-50 outline-none"
        >
          <BaseSelect.Popup className="popup float-motion max-h-(--available-height) min-w-(--anchor-width) max-w-96 overflow-y-auto p-1">
            {options.map((option) => (
              <BaseSelect.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                className={optionClass}
              >
                <BaseSelect.ItemIndicator className="col-start-1 row-start-1 pt-0.5">
                  <Check aria-hidden="true" className="size-4" />
                </BaseSelect.ItemIndicator>
                <span className="col-start-2">
                  <BaseSelect.ItemText>{option.label}</BaseSelect.ItemText>
                  {option.description && <span className="block text-quiet text-sm">{option.description}</span>}
                </span>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}

/** The look of one line in a list of choices; the first column holds the tick. */
export const optionClass =
  'grid min-h-8 cursor-default select-none grid-cols-[1rem_1fr] items-start gap-2 rounded-control py-1.5 pr-3 pl-2 outline-none data-highlighted:bg-hover data-disabled:text-quiet max-sm:min-h-10 max-sm:py-2.5'

import { type ReactNode, useId } from 'react'
import { cx } from './cx'

type ChoiceProps = {
  label: ReactNode
  name: string
  options: readonly { value: string; label: ReactNode; description?: ReactNode; disabled?: boolean }[]
  value?: string
  defaultValue?: string
  onValueChange?: (value: string) => void
  /** What follows from the choice, for example the resolved date. */
  description?: ReactNode
  error?: string | null
  /** Side by side as segments, or one below the other with a sentence each. */
  layout?: 'segments' | 'list'
}

/** One of a few, all of them in view: native radio buttons, so arrow keys and forms work as everywhere. */
export function Choice({ layout = 'segments', label, description, error, ...props }: ChoiceProps) {
  const id = useId()
  const about = cx(error && `${id}-error`, Boolean(description) && `${id}-description`) || undefined
  return (
    <fieldset aria-describedby={about} aria-invalid={error ? true : undefined} className="min-w-0">
      <legend className="mb-1.5 font-semibold">{label}</legend>
      {layout === 'segments' ? <Segments {...props} /> : <List {...props} />}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-danger-ink text-sm">
          {error}
        </p>
      )}
      {description && (
        <div id={`${id}-description`} className="mt-1.5 text-quiet text-sm">
          {description}
        </div>
      )}
    </fieldset>
  )
}

type Options = Omit<ChoiceProps, 'label' | 'layout' | 'description' | 'error'>

function Segments({ options, ...group }: Options) {
  return (
    <div
      className={cx(
        'grid gap-1.5',
        options.length === 4 ? 'grid-cols-4' : options.length === 2 ? 'grid-cols-2' : 'grid-cols-3',
      )}
    >
      {options.map((option) => (
        <label
          key={option.value}
          className="relative grid min-h-9 place-items-center rounded-control border border-control bg-surface px-1.5 text-center leading-4 transition-colors hover:bg-hover has-checked:border-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:outline-offset-2 has-checked:bg-accent-wash has-checked:font-semibold has-checked:text-accent-ink has-disabled:text-quiet max-sm:min-h-10"
        >
          <input
            {...radio(group, option)}
            className="absolute inset-0 size-full cursor-pointer appearance-none rounded-control focus-visible:outline-none"
          />
          {option.label}
        </label>
      ))}
    </div>
  )
}

function List({ options, ...group }: Options) {
  const id = useId()
  return options.map((option) => (
    <label key={option.value} className="flex gap-2.5 py-1 max-sm:py-2">
      <span className="relative grid h-5 shrink-0 place-items-center">
        <input
          {...radio(group, option)}
          aria-labelledby={`${id}-${option.value}`}
          aria-describedby={option.description ? `${id}-${option.value}-about` : undefined}
          className="size-4 appearance-none rounded-full border border-control bg-surface transition-colors checked:border-5 checked:border-accent forced-colors:appearance-auto"
        />
      </span>
      <span className="min-w-0">
        <span id={`${id}-${option.value}`} className="block">
          {option.label}
        </span>
        {option.description && (
          <span id={`${id}-${option.value}-about`} className="block text-quiet text-sm">
            {option.description}
          </span>
        )}
      </span>
    </label>
  ))
}

function radio(
  { name, value, defaultValue, onValueChange }: Omit<Options, 'options'>,
  option: Options['options'][number],
) {
  return {
    type: 'radio',
    name,
    value: option.value,
    disabled: option.disabled,
    checked: value === undefined ? undefined : value === option.value,
    defaultChecked: value === undefined ? defaultValue === option.value : undefined,
    onChange: () => onValueChange?.(option.value),
  } as const
}

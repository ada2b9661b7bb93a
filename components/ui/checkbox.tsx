import { Check } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx'

/** A native checkbox with its label and a sentence below; the whole line toggles it. */
export function Checkbox({
  label,
  description,
  className,
  ...props
}: Omit<ComponentProps<'input'>, 'type' | 'size'> & { label: ReactNode; description?: ReactNode }) {
  const id = useId()
  return (
    <label className={cx('flex gap-2.5 py-1 max-sm:py-2', props.disabled && 'text-quiet', className)}>
      <span className="relative grid h-5 shrink-0 place-items-center">
        <input
          {...props}
          type="checkbox"
          aria-labelledby={`${id}-label`}
          aria-describedby={description ? `${id}-description` : undefined}
          className="peer size-4 appearance-none rounded-[4px] border border-control bg-surface transition-colors checked:border-accent checked:bg-accent not-checked:disabled:bg-well checked:disabled:border-idle checked:disabled:bg-idle forced-colors:appearance-auto"
        />
        <Check
          aria-hidden="true"
          strokeWidth={3}
          className="pointer-events-none absolute size-3 text-on-accent opacity-0 peer-checked:opacity-100 forced-colors:hidden"
        />
      </span>
      <span className="min-w-0">
        <span id={`${id}-label`} className="block">
          {label}
        </span>
        {description && (
          <span id={`${id}-description`} className="block text-quiet text-sm">
            {description}
          </span>
        )}
      </span>
    </label>
  )
}

/** Several checkboxes under one question. */
export function CheckboxGroup({
  label,
  description,
  children,
}: {
  label: ReactNode
  description?: ReactNode
  children: ReactNode
}) {
  return (
    <fieldset>
      <legend className="mb-1 font-semibold">{label}</legend>
      {description && <p className="mb-1 text-quiet text-sm">{description}</p>}
      {children}
    </fieldset>
  )
}

'use client'

import { Field as BaseField } from '@base-ui/react/field'
import { CircleAlert, Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useState } from 'react'
import { cx } from './cx'

type FieldProps = {
  label: ReactNode
  /** The name of the control inside, for errors that a form brings. */
  name?: string
  description?: ReactNode
  /** What is wrong, then what to do. More than one is shown as lines. */
  error?: string | string[] | null
  /** Says "optional" beside the label. */
  optional?: boolean
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean
  disabled?: boolean
  className?: string
  children: ReactNode
}

/** Label, control, description and error, wired to each other (aria-describedby, aria-invalid). */
export function Field({
  label,
  name,
  description,
  error,
  optional,
  hideLabel,
  disabled,
  className,
  children,
}: FieldProps) {
  const errors = [error ?? []].flat()
  return (
    <BaseField.Root
      name={name}
      invalid={errors.length > 0 || undefined}
      disabled={disabled}
      className={cx('flex flex-col gap-1.5', className)}
    >
      <div className={cx('flex items-baseline justify-between gap-2', hideLabel && 'sr-only')}>
        <BaseField.Label className="font-semibold">{label}</BaseField.Label>
        {optional && <span className="text-quiet text-sm">Optional</span>}
      </div>
      {children}
      {errors.length > 0 && (
        <BaseField.Error match className="flex gap-1.5 text-danger-ink text-sm">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          <span>
            {errors.map((line) => (
              <span key={line} className="block">
                {line}
              </span>
            ))}
          </span>
        </BaseField.Error>
      )}
      {description && <BaseField.Description className="text-quiet text-sm">{description}</BaseField.Description>}
    </BaseField.Root>
  )
}

type InputProps = Omit<ComponentProps<'input'>, 'className' | 'size'> & {
  className?: string
  /** Credentials, ids and code. */
  mono?: boolean
}

/** A text field; inside a Field it takes its label and messages from there. */
export function Input({ mono, className, ...props }: InputProps) {
  return <BaseField.Control {...props} className={cx('control-box', mono && 'font-mono', className)} />
}

/** Several lines of text. */
export function Textarea({
  mono,
  className,
  rows = 3,
  ...props
}: Omit<ComponentProps<'textarea'>, 'className'> & { mono?: boolean; className?: string }) {
  return (
    <BaseField.Control
      render={<textarea {...props} rows={rows} />}
      className={cx('control-box resize-y py-2', mono && 'font-mono', className)}
    />
  )
}

/** A password with a toggle that shows it. Pasting and password managers work as in any field. */
export function PasswordInput({ className, ...props }: Omit<InputProps, 'type' | 'mono'>) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <div className="relative">
      <Input
        {...props}
        type={shown ? 'text' : 'password'}
        autoCapitalize="none"
        spellCheck={false}
        className={cx('pr-11', shown && 'font-mono', className)}
      />
      <button
        type="button"
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-10 place-items-center rounded-control text-quiet hover:text-ink focus-visible:-outline-offset-2"
      >
        <Icon aria-hidden="true" className="size-4" />
        {/* As text, not aria-label: whoever looks for the label "Password" finds the field alone. */}
        <span className="sr-only">{shown ? 'Hide password' : 'Show password'}</span>
      </button>
    </div>
  )
}

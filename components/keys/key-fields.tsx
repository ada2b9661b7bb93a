'use client'

import { type ReactNode, useState } from 'react'
import { Combobox, type ComboboxOption } from '@/components/ui/combobox'
import { Field, Input, Textarea } from '@/components/ui/field'
import { TagMark } from '@/components/ui/tag'
import type { FieldErrors } from '@/lib/errors'
import type { EditableKey, FormChoices, ThirdPartyInput } from './key-actions'

export function LabelField({
  value,
  onChange,
  errors,
}: {
  value: string
  onChange: (value: string) => void
  errors: FieldErrors
}) {
  return (
    <Field
      label="Label"
      error={errors.label}
      description="What the key is for. You see it in the list and in the history."
    >
      <Input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="Invoices to Billing"
        autoComplete="off"
        required
      />
    </Field>
  )
}

/** Who holds the key: one that the project knows, a registered app, or a new name. */
export function ThirdPartyField({
  choices,
  value,
  onChange,
  required = false,
  errors,
}: {
  choices: Pick<FormChoices, 'thirdParties' | 'apps'> | null
  value: ComboboxOption | null
  onChange: (value: ComboboxOption | null) => void
  required?: boolean
  errors: FieldErrors
}) {
  return (
    <Field
      label="Third party"
      optional={!required}
      error={errors.newThirdParty ?? errors.thirdParty ?? errors.app}
      description="Who will hold the key."
    >
      <Combobox
        allowNew
        value={value}
        onValueChange={onChange}
        placeholder="Choose one, or type a new name"
        options={optionsOf(choices)}
      />
    </Field>
  )
}

/** Those that the project knows first; apps say what they are. */
function optionsOf(choices: Pick<FormChoices, 'thirdParties' | 'apps'> | null): ComboboxOption[] {
  const { thirdParties, apps } = choices ?? { thirdParties: [], apps: [] }
  return [
    ...thirdParties.map(({ id, name }) => ({ value: id, label: name, mark: <TagMark name={name} size="sm" /> })),
    ...apps.map(({ id, name, verified }) => ({
      value: `${APP}${id}`,
      label: name,
      mark: <TagMark name={name} size="sm" />,
      description: verified ? 'Registered app, verified' : 'Registered app',
    })),
  ]
}

/** Stands before the id of an app, where the list also holds ids of third parties. */
const APP = 'app:'

export function thirdPartyInput(option: ComboboxOption | null): ThirdPartyInput {
  if (!option) return { thirdParty: null }
  if (option.value.startsWith(APP) && !option.isNew) {
    return { newThirdParty: option.label, app: option.value.slice(APP.length) }
  }
  return option.isNew ? { newThirdParty: option.label } : { thirdParty: option.value }
}

/** The advanced fields as they stand in the form: text, until they are sent. */
export interface AdvancedText {
  addresses: string
  rateLimit: string
  note: string
}

export const noAdvanced: AdvancedText = { addresses: '', rateLimit: '', note: '' }

export function advancedText(key: EditableKey): AdvancedText {
  return {
    addresses: key.allowedAddresses.join('\n'),
    rateLimit: key.rateLimitPerMinute === null ? '' : String(key.rateLimitPerMinute),
    note: key.note ?? '',
  }
}

export function advancedInput({ addresses, rateLimit, note }: AdvancedText): EditableKey {
  return {
    allowedAddresses: addresses
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
    // What is no number becomes NaN, which the server refuses in words.
    rateLimitPerMinute: rateLimit.trim() === '' ? null : Number(rateLimit),
    note: note.trim() === '' ? null : note,
  }
}

export function AdvancedFields({
  value,
  onChange,
  ranges,
  errors,
}: {
  value: AdvancedText
  onChange: (value: AdvancedText) => void
  /** Where keys of this site may be used from; empty for anywhere. */
  ranges: readonly string[]
  errors: FieldErrors
}) {
  return (
    <>
      <Field
        label="Allowed addresses"
        optional={ranges.length === 0}
        error={errors.allowedAddresses}
        description={
          ranges.length === 0
            ? 'One address or block on each line. Without any, the key is accepted from everywhere.'
            : `One address or block on each line. This site asks for them, within ${ranges.join(', ')}.`
        }
      >
        <Textarea
          mono
          value={value.addresses}
          onChange={(event) => onChange({ ...value, addresses: event.currentTarget.value })}
          placeholder={'203.0.113.7\n2001:db8::/32'}
          spellCheck={false}
        />
      </Field>
      <Field
        label="Rate limit per minute"
        optional
        error={errors.rateLimitPerMinute}
        description="Requests that the key may make in a minute. Without a number, the site’s own limit holds."
      >
        <Input
          inputMode="numeric"
          value={value.rateLimit}
          onChange={(event) => onChange({ ...value, rateLimit: event.target.value })}
          placeholder="600"
        />
      </Field>
      <Field label="Note" optional error={errors.note} description="For the members of this project.">
        <Textarea value={value.note} onChange={(event) => onChange({ ...value, note: event.currentTarget.value })} />
      </Field>
    </>
  )
}

/** What is rarely needed, folded away; open as soon as something inside is wrong. */
export function Advanced({
  open: first = false,
  wrong,
  children,
}: {
  open?: boolean
  wrong: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useState(first)
  return (
    <details open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)} className="group">
      <summary className="w-fit rounded-control font-semibold marker:text-quiet">Advanced</summary>
      <div className="flex flex-col gap-4 pt-3">{children}</div>
    </details>
  )
}

export const advancedFields = ['allowedAddresses', 'rateLimitPerMinute', 'note']

/** What the dialogs say beside the field itself when it is wrong. */
export const keyFields = ['label', 'thirdParty', 'newThirdParty', 'app', 'scopes', ...advancedFields]

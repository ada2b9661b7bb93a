import { Field, Input } from '@/components/ui/field'
import { lifetimes } from '@/lib/apps/input'
import type { FieldErrors } from '@/lib/errors'
import type { AppFields } from './app-actions'
import { durationWords } from './app-words'

type Lifetime = keyof typeof lifetimes

/** The lifetimes as they stand in the form: text, until they are sent. */
export type LifetimesText = Record<Lifetime, string>

export const lifetimesText = ({ accessTtl, refreshTtl, machineTtl }: Pick<AppFields, Lifetime>): LifetimesText => ({
  accessTtl: String(accessTtl),
  refreshTtl: String(refreshTtl),
  machineTtl: String(machineTtl),
})

/**
 * Text that is not a number becomes NaN, which the server refuses in words. A field that is not shown has the value that
 * the form began with.
 */
export const lifetimesInput = (
  text: LifetimesText,
  before: Pick<AppFields, Lifetime>,
  { people, own }: { people: boolean; own: boolean },
): Pick<AppFields, Lifetime> => ({
  accessTtl: people ? number(text.accessTtl) : before.accessTtl,
  refreshTtl: people ? number(text.refreshTtl) : before.refreshTtl,
  machineTtl: own ? number(text.machineTtl) : before.machineTtl,
})

/** How long tokens work: of those that act for people, and of the app's own. */
export function LifetimeFields({
  people,
  own,
  value,
  onChange,
  errors,
}: {
  people: boolean
  own: boolean
  value: LifetimesText
  onChange: (value: LifetimesText) => void
  errors: FieldErrors
}) {
  const field = (name: Lifetime, label: string) => (
    <Field label={label} error={errors[name]} description={meaning(name, value[name])}>
      <Input
        inputMode="numeric"
        value={value[name]}
        onChange={(event) => onChange({ ...value, [name]: event.target.value })}
      />
    </Field>
  )
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {people && field('accessTtl', 'Access tokens, in seconds')}
      {people && field('refreshTtl', 'Refresh tokens, in seconds')}
      {own && field('machineTtl', 'Its own tokens, in seconds')}
    </div>
  )
}

function meaning(name: Lifetime, text: string): string {
  const { min, max } = lifetimes[name]
  const seconds = number(text)
  return seconds >= min && seconds <= max && Number.isInteger(seconds)
    ? durationWords(seconds)
    : `From ${durationWords(min)} to ${durationWords(max)}.`
}

const number = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import { type GrantType, grantTypes } from '@/lib/apps/input'
import type { AppDraft } from './app-form'
import { grantTypeWords } from './app-words'

/** The ways to a token that this kind of app may have. */
export function GrantTypeFields({
  draft,
  value,
  onChange,
  errors,
}: {
  draft: Pick<AppDraft, 'isPublic' | 'firstParty'>
  value: readonly string[]
  onChange: (value: string[]) => void
  errors: string[] | undefined
}) {
  return (
    <div>
      <CheckboxGroup label="How it gets tokens">
        {grantTypes
          .filter((each) => each !== 'password' || draft.firstParty)
          .map((each) => (
            <Checkbox
              key={each}
              label={<GrantTypeLabel grantType={each} />}
              description={each === 'client_credentials' && draft.isPublic ? 'Needs a secret.' : undefined}
              disabled={each === 'client_credentials' && draft.isPublic}
              checked={value.includes(each)}
              onChange={({ target }) =>
                onChange(grantTypes.filter((one) => (one === each ? target.checked : value.includes(one))))
              }
            />
          ))}
      </CheckboxGroup>
      {errors && (
        <p role="alert" tabIndex={-1} className="text-danger-ink text-sm">
          {errors.join(' ')}
        </p>
      )}
    </div>
  )
}

/** The sentence, and the name that a program knows it by. */
export function GrantTypeLabel({ grantType }: { grantType: string }) {
  return (
    <>
      {grantTypeWords[grantType as GrantType] ?? grantType}{' '}
      <span className="whitespace-nowrap font-mono text-quiet text-sm">{grantType.replace(/^urn:.*:/, '')}</span>
    </>
  )
}

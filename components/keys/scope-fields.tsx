import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import { Notice } from '@/components/ui/notice'
import {
  type AppScope,
  adminGrantedScopes,
  allScopes,
  appScopeSentences,
  managementScopes,
  portalScopes,
  type Scope,
} from '@/lib/scopes'

/** The scopes as questions in plain words. Those that hand on power over other keys stand apart. */
export function ScopeFields({
  value,
  onChange,
  grantable,
  withheld,
  errors,
}: {
  value: readonly string[]
  onChange: (value: Scope[]) => void
  grantable: readonly Scope[]
  /** What this site lets only its admins give. */
  withheld: readonly Scope[]
  errors: string[] | undefined
}) {
  const toggle = (scope: Scope, ticked: boolean) =>
    onChange(allScopes.filter((each) => (each === scope ? ticked : value.includes(each))))
  const box = (scope: Scope) => (
    <Checkbox
      key={scope}
      label={<ScopeLabel scope={scope} />}
      description={grantable.includes(scope) ? undefined : whyNot(scope, withheld)}
      disabled={!grantable.includes(scope)}
      checked={value.includes(scope)}
      onChange={(event) => toggle(scope, event.target.checked)}
    />
  )
  return (
    <div className="flex flex-col gap-3">
      <CheckboxGroup
        label="Scopes"
        description="What the key may do. Give it what it needs now: a key can lose scopes later, but never gain any."
      >
        {byUse.map(box)}
      </CheckboxGroup>
      <CheckboxGroup label="Power over keys and apps">
        {managementScopes.map(box)}
        {managementScopes.some((scope) => value.includes(scope)) && (
          <Notice tone="warn">
            Whoever holds this key can make, change and end all keys or apps of this project. Few third parties need
            that.
          </Notice>
        )}
      </CheckboxGroup>
      {errors && (
        <p role="alert" className="text-danger-ink text-sm">
          {errors.join(' ')}
        </p>
      )}
    </div>
  )
}

/** The sentence, and the name that a program knows it by. */
export function ScopeLabel({ scope }: { scope: string }) {
  return (
    <>
      {appScopeSentences[scope as AppScope] ?? 'A scope that this site no longer has'}{' '}
      <span className="whitespace-nowrap font-mono text-quiet text-sm">{scope}</span>
    </>
  )
}

function whyNot(scope: Scope, withheld: readonly Scope[]): string {
  return [...adminGrantedScopes, ...withheld].includes(scope)
    ? 'Only a site admin can give this.'
    : 'Your role does not allow this.'
}

// What the guarded API offers comes first: that is what keys are made for.
const byUse = [...allScopes]
  .filter((scope) => !managementScopes.includes(scope))
  .sort((a, b) => Number(portalScopes.includes(a)) - Number(portalScopes.includes(b)))

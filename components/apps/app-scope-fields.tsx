import { ScopeLabel } from '@/components/keys/scope-fields'
import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import type { AppKind } from '@/lib/apps/input'
import {
  type AppScope,
  adminGrantedScopes,
  allAppScopes,
  allScopes,
  appScopeSentences,
  identityScopes,
  isScope,
  portalScopes,
  type Scope,
} from '@/lib/scopes'

/** What an app may ask for, as questions in plain words: who somebody is apart from what it may do. */
export function AppScopeFields({
  kind,
  ownTokens,
  value,
  onChange,
  grantable,
  errors,
}: {
  kind: AppKind
  /** Whether the app gets tokens of its own, which are not to do more than whoever registers it. */
  ownTokens: boolean
  value: readonly string[]
  onChange: (value: string[]) => void
  grantable: readonly string[]
  errors: string[] | undefined
}) {
  const box = (scope: AppScope) => {
    const off = ownTokens && isScope(scope) && !grantable.includes(scope)
    return (
      <Checkbox
        key={scope}
        label={isScope(scope) ? <ScopeLabel scope={scope} /> : <IdentityLabel scope={scope} />}
        description={off ? whyNot(scope) : undefined}
        disabled={off && !value.includes(scope)}
        checked={value.includes(scope)}
        onChange={({ target }) =>
          onChange(allAppScopes.filter((each) => (each === scope ? target.checked : value.includes(each))))
        }
      />
    )
  }
  return (
    <div className="flex flex-col gap-4">
      {kind !== 'machine' && (
        <CheckboxGroup label="Who somebody is">{(Object.keys(identityScopes) as AppScope[]).map(box)}</CheckboxGroup>
      )}
      <CheckboxGroup label={kind === 'machine' ? 'What it may do' : 'What it may do for them'}>
        {byUse.filter((scope) => kind === 'machine' || !adminGrantedScopes.includes(scope)).map(box)}
      </CheckboxGroup>
      {errors && (
        <p role="alert" tabIndex={-1} className="text-danger-ink text-sm">
          {errors.join(' ')}
        </p>
      )}
    </div>
  )
}

function IdentityLabel({ scope }: { scope: AppScope }) {
  return (
    <>
      {appScopeSentences[scope]} <span className="whitespace-nowrap font-mono text-quiet text-sm">{scope}</span>
    </>
  )
}

const whyNot = (scope: Scope): string =>
  adminGrantedScopes.includes(scope) ? 'Only a site admin can give this.' : 'Your role does not allow this.'

// What the guarded API offers comes first: that is what apps are made for.
const byUse = [...allScopes].sort((a, b) => Number(portalScopes.includes(a)) - Number(portalScopes.includes(b)))

'use client'

import { Download } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { ScopeLabel } from '@/components/keys/scope-fields'
import type { Action } from '@/components/ui/ask'
import { Button, buttonClass } from '@/components/ui/button'
import { Section } from '@/components/ui/card'
import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import { Choice } from '@/components/ui/choice'
import { Field, Input, Textarea } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { Breaches } from '@/lib/keys/list-breaches'
import type { Policy, PolicyField } from '@/lib/policy/input'
import { adminGrantedScopes, allScopes } from '@/lib/scopes'
import { PolicyReview } from './policy-review'

interface Props {
  policy: Policy
  /** What the environment sets. */
  locked: PolicyField[]
  previewPolicyAction: Action<Partial<Policy>, Breaches>
  changePolicyAction: Action<Partial<Policy>, { done: true }>
}

/** What is typed: numbers and lists are text until they are sent. */
type Typed = Record<NumberField, string> & { addressRanges: string } & Pick<
    Policy,
    'expiryRequired' | 'thirdPartyRequired' | 'withheldScopes' | 'signUp' | 'requireSecondFactorForAdmins'
  >

const numberFields = ['maxKeysPerProject', 'maxLifetimeDays', 'idleDays', 'usageRetentionDays'] as const
type NumberField = (typeof numberFields)[number]

/** The policy as a form. Only what was changed here is sent, after a look at the keys that it would find wrong. */
export function PolicyForm({ policy, locked, previewPolicyAction, changePolicyAction }: Props) {
  const [typed, setTyped] = useState(() => typedOf(policy))
  const [review, setReview] = useState<{ change: Partial<Policy>; breaches: Breaches } | null>(null)
  const [open, setOpen] = useState(false)
  const { send, pending, errors, problem } = useAsk(...numberFields, 'addressRanges')
  const change = changeOf(policy, typed)
  const set = (fields: Partial<Typed>) => setTyped({ ...typed, ...fields })

  function look(event: FormEvent) {
    event.preventDefault()
    send(
      () => previewPolicyAction(change),
      (breaches) => {
        setReview({ change, breaches })
        setOpen(true)
      },
    )
  }

  const confirm = () =>
    send(
      () => onceSure(() => changePolicyAction(change)).finally(() => setOpen(false)),
      () => toast.success('The policy was changed.'),
    )

  const number = (field: NumberField, label: string, description: string, { optional = true, unit = 'days' } = {}) => (
    <Field
      label={label}
      optional={optional}
      disabled={locked.includes(field)}
      error={errors[field]}
      description={locked.includes(field) ? SET_BY_ENV : description}
    >
      <div className="flex items-center gap-2">
        <Input
          inputMode="numeric"
          autoComplete="off"
          className="max-w-32"
          value={typed[field]}
          onChange={(event) => set({ [field]: event.target.value })}
        />
        <span aria-hidden="true" className="text-quiet">
          {unit}
        </span>
      </div>
    </Field>
  )
  return (
    <form noValidate onSubmit={look}>
      {problem && <div className="mb-4">{problem}</div>}
      <Section title="New keys" description="What each new key must keep to. Keys that exist go on working.">
        <div className="flex flex-col gap-5">
          {number('maxKeysPerProject', 'Keys per project', 'Revoked and expired keys do not count.', {
            optional: false,
            unit: 'keys at most',
          })}
          {number('maxLifetimeDays', 'Longest lifetime', 'With a number, every new key must expire by then.')}
          <CheckboxGroup label="Every new key">
            <Checkbox
              label="Expires"
              checked={typed.expiryRequired || typed.maxLifetimeDays.trim() !== ''}
              disabled={typed.maxLifetimeDays.trim() !== ''}
              description={typed.maxLifetimeDays.trim() !== '' ? 'So it does, with a longest lifetime.' : undefined}
              onChange={({ target }) => set({ expiryRequired: target.checked })}
            />
            <Checkbox
              label="Says which third party holds it"
              checked={typed.thirdPartyRequired}
              onChange={({ target }) => set({ thirdPartyRequired: target.checked })}
            />
          </CheckboxGroup>
          <Field
            label="Address ranges"
            optional
            error={errors.addressRanges}
            description="One on each line. With any, every new key must say from which addresses within them it is used."
          >
            <Textarea
              mono
              spellCheck={false}
              placeholder={'203.0.113.0/24\n2001:db8::/32'}
              value={typed.addressRanges}
              onChange={(event) => set({ addressRanges: event.currentTarget.value })}
            />
          </Field>
        </div>
      </Section>
      <Section
        title="Scopes"
        description="What people may put on the keys and apps that they make. Site admins and the command line may give every scope."
      >
        <CheckboxGroup label="Scopes that people may give">
          {allScopes.map((scope) => {
            const never = adminGrantedScopes.includes(scope)
            return (
              <Checkbox
                key={scope}
                label={<ScopeLabel scope={scope} />}
                description={never ? 'Only admins may ever give this.' : undefined}
                disabled={never}
                checked={!never && !typed.withheldScopes.includes(scope)}
                onChange={({ target }) =>
                  set({
                    withheldScopes: allScopes.filter((each) =>
                      each === scope ? !target.checked : typed.withheldScopes.includes(each),
                    ),
                  })
                }
              />
            )
          })}
        </CheckboxGroup>
      </Section>
      <Section title="Old keys and usage" description="Checked every six hours.">
        <div className="flex flex-col gap-5">
          {number(
            'idleDays',
            'Revoke idle keys after',
            'Keys that nobody used for so long are revoked for good. Without a number, none are.',
          )}
          {number('usageRetentionDays', 'Keep usage for', 'Counts and sources of keys. Their last use stays.', {
            optional: false,
          })}
        </div>
      </Section>
      <Section title="People" description="Who can make an account, and how admins sign in.">
        <div className="flex flex-col gap-5">
          <Choice
            layout="list"
            name="signUp"
            label="Sign-up"
            value={typed.signUp}
            onValueChange={(mode) => set({ signUp: mode as Policy['signUp'] })}
            options={signUpModes.map((mode) => ({ ...mode, disabled: locked.includes('signUp') }))}
            description={locked.includes('signUp') && SET_BY_ENV}
          />
          <Checkbox
            label="Admins need a second factor"
            description="Without one they are asked to add it before they see the admin view."
            checked={typed.requireSecondFactorForAdmins}
            onChange={({ target }) => set({ requireSecondFactorForAdmins: target.checked })}
          />
        </div>
      </Section>
      <div className="sticky bottom-0 z-10 flex flex-wrap justify-end gap-2 border-t bg-paper py-4">
        <Button disabled={Object.keys(change).length === 0} onClick={() => setTyped(typedOf(policy))}>
          Discard changes
        </Button>
        <Button type="submit" variant="primary" pending={pending && !open} disabled={Object.keys(change).length === 0}>
          Change policy
        </Button>
      </div>
      {review && (
        <PolicyReview
          open={open}
          pending={pending}
          policy={policy}
          {...review}
          onClose={() => setOpen(false)}
          onConfirm={confirm}
        />
      )}
    </form>
  )
}

/** Leads to the list of all keys that break the policy of now. */
export function BreachesLink() {
  return (
    // A download, not a page: the router must not fetch it ahead.
    <a href="/admin/policy/breaches" className={buttonClass()} download>
      <Download aria-hidden="true" className="size-4" />
      Keys that break it
    </a>
  )
}

const SET_BY_ENV = 'The environment of the server sets this.'

const signUpModes = [
  { value: 'open', label: 'Open', description: 'Everybody who finds this site can make an account.' },
  { value: 'invite', label: 'By invitation', description: 'Only people who were invited to a project can make one.' },
  { value: 'closed', label: 'Closed', description: 'Admins make accounts on the command line.' },
]

const text = (number: number | null) => (number === null ? '' : String(number))

function typedOf(policy: Policy): Typed {
  const { expiryRequired, thirdPartyRequired, withheldScopes, signUp, requireSecondFactorForAdmins } = policy
  return {
    expiryRequired,
    thirdPartyRequired,
    withheldScopes,
    signUp,
    requireSecondFactorForAdmins,
    maxKeysPerProject: text(policy.maxKeysPerProject),
    maxLifetimeDays: text(policy.maxLifetimeDays),
    idleDays: text(policy.idleDays),
    usageRetentionDays: text(policy.usageRetentionDays),
    addressRanges: policy.addressRanges.join('\n'),
  }
}

/** The fields that are not as they were. */
function changeOf(policy: Policy, typed: Typed): Partial<Policy> {
  // What is no number becomes NaN, which the server refuses in words.
  const optional = (value: string) => (value.trim() === '' ? null : Number(value))
  const required = (value: string) => (value.trim() === '' ? Number.NaN : Number(value))
  const after: Policy = {
    ...typed,
    maxKeysPerProject: required(typed.maxKeysPerProject),
    maxLifetimeDays: optional(typed.maxLifetimeDays),
    idleDays: optional(typed.idleDays),
    usageRetentionDays: required(typed.usageRetentionDays),
    addressRanges: typed.addressRanges
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  }
  const fields = Object.keys(policy) as PolicyField[]
  return Object.fromEntries(
    fields.filter((field) => String(after[field]) !== String(policy[field])).map((field) => [field, after[field]]),
  )
}

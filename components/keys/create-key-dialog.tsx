'use client'

import { useEffect, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import type { ComboboxOption } from '@/components/ui/combobox'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { DateText } from '@/components/ui/time'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { ActionError } from '@/lib/action-result'
import type { KeyPolicy } from '@/lib/policy/input'
import type { Scope } from '@/lib/scopes'
import { type Expiry, expiryChoices, expiryInput, firstExpiry, lastDay, resolveExpiry, tomorrow } from './expiry'
import { type FormChoices, newIdempotencyKey } from './key-actions'
import type { DialogProps } from './key-acts'
import {
  Advanced,
  AdvancedFields,
  advancedFields,
  advancedInput,
  keyFields,
  LabelField,
  noAdvanced,
  ThirdPartyField,
  thirdPartyInput,
} from './key-fields'
import type { KeyRow } from './key-row'
import { ScopeFields } from './scope-fields'

type Props = DialogProps & {
  slug: string
  grantable: Scope[]
  policy: KeyPolicy
  onIssued: (key: KeyRow, secret: string) => void
}

/** Makes a key. One dialog makes one key, however often it is sent. */
export function CreateKeyDialog({ open, onClose, slug, grantable, policy, onIssued, ...actions }: Props) {
  const [now] = useState(() => Date.now())
  const [idempotencyKey] = useState(newIdempotencyKey)
  const [label, setLabel] = useState('')
  const [thirdParty, setThirdParty] = useState<ComboboxOption | null>(null)
  const [scopes, setScopes] = useState<Scope[]>([])
  const [expiry, setExpiry] = useState<Expiry>(() => firstExpiry(policy))
  const [advanced, setAdvanced] = useState(noAdvanced)
  const [choices, setChoices] = useState<FormChoices | null>(null)
  const [lost, setLost] = useState<KeyRow | null>(null)
  const { send, pending, setError, errors, problem, form } = useAsk(...keyFields, 'expiresAt')
  const { readFormAction } = actions

  useEffect(() => {
    void ask(readFormAction({ slug })).then(({ data }) => data && setChoices(data))
  }, [readFormAction, slug])

  function create() {
    if (ends === undefined) return setError(noDay)
    const input = {
      slug,
      idempotencyKey,
      label,
      scopes,
      ...thirdPartyInput(thirdParty),
      ...expiryInput(expiry),
      ...advancedInput(advanced),
    }
    send(
      () => onceSure(() => actions.createKeyAction(input)),
      ({ key, secret }) => (secret ? onIssued(key, secret) : setLost(key)),
    )
  }

  const regenerate = (key: KeyRow) =>
    send(
      () =>
        onceSure(() =>
          actions.regenerateKeyAction({ keyId: key.id, overlapSeconds: 0, idempotencyKey: newIdempotencyKey() }),
        ),
      ({ key, secret }) => secret && onIssued(key, secret),
    )

  const ends = resolveExpiry(expiry, now)
  const firstDay = [tomorrow(now + 29 * 86_400_000), lastDay(policy, now)].sort()[0] ?? ''
  const typed = label !== '' || thirdParty !== null || scopes.length > 0
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      unsaved={() => typed && !lost}
      title="Create API key"
      description="One key for one third party, with only what it needs."
    >
      <form
        {...form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!lost) create()
        }}
      >
        <DialogBody>
          {problem}
          {lost && (
            <Notice tone="warn" title="The key was created, but its secret did not arrive">
              {lost.label} exists since your first try. Its secret was sent once and is lost. Regenerate it to get a new
              one; nobody can have used the lost one.
            </Notice>
          )}
          {choices?.room === false && (
            <Notice tone="warn" title="This project has as many keys as this site allows">
              Revoke one that is no longer needed, then make a new one.
            </Notice>
          )}
          <LabelField value={label} onChange={setLabel} errors={errors} />
          <ThirdPartyField
            choices={choices}
            value={thirdParty}
            onChange={setThirdParty}
            required={policy.thirdPartyRequired}
            errors={errors}
          />
          <ScopeFields
            value={scopes}
            onChange={setScopes}
            grantable={grantable}
            withheld={policy.withheldScopes}
            errors={errors.scopes}
          />
          <Choice
            name="expires"
            label="Expires"
            value={expiry.choice}
            onValueChange={(choice) => setExpiry({ choice, date: expiry.date || firstDay })}
            options={expiryChoices(policy)}
            description={
              ends === null
                ? 'It works until somebody revokes it. A date is safer.'
                : ends &&
                  Date.parse(ends) > now && (
                    <>
                      It stops working on <DateText value={ends} />.
                    </>
                  )
            }
          />
          {expiry.choice === 'custom' && (
            <Field label="Last day" error={errors.expiresAt}>
              <Input
                type="date"
                min={tomorrow(now)}
                max={lastDay(policy, now)}
                value={expiry.date}
                onChange={(event) => setExpiry({ choice: 'custom', date: event.target.value })}
              />
            </Field>
          )}
          <Advanced open={policy.addressRanges.length > 0} wrong={advancedFields.some((field) => errors[field])}>
            <AdvancedFields value={advanced} onChange={setAdvanced} ranges={policy.addressRanges} errors={errors} />
          </Advanced>
        </DialogBody>
        <DialogFooter>
          <DialogClose />
          {lost ? (
            <Button variant="primary" pending={pending} onClick={() => regenerate(lost)}>
              Regenerate
            </Button>
          ) : (
            <Button variant="primary" type="submit" pending={pending}>
              Create key
            </Button>
          )}
        </DialogFooter>
      </form>
    </Dialog>
  )
}

const noDay: ActionError = { code: 'validation_failed', message: '', errors: { expiresAt: ['Choose a day.'] } }

'use client'

import { useEffect, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import type { ComboboxOption } from '@/components/ui/combobox'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { TagMark } from '@/components/ui/tag'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { KeyPolicy } from '@/lib/policy/input'
import { Holder } from './holder'
import type { EditableKey, FormChoices } from './key-actions'
import type { DialogProps } from './key-acts'
import {
  AdvancedFields,
  advancedInput,
  advancedText,
  keyFields,
  LabelField,
  noAdvanced,
  ThirdPartyField,
  thirdPartyInput,
} from './key-fields'
import type { KeyRow } from './key-row'
import { ScopeLabel } from './scope-fields'

type Props = DialogProps & { slug: string; policy: KeyPolicy; row: KeyRow; onDone: (key: KeyRow) => void }

/** Changes what is said of a key. Only what was changed here is sent, so that two people do not undo each other. */
export function EditKeyDialog({ open, onClose, slug, policy, row, onDone, ...actions }: Props) {
  const [before] = useState(row)
  const [choices, setChoices] = useState<FormChoices | null>(null)
  const [label, setLabel] = useState(before.label)
  const [thirdParty, setThirdParty] = useState(() => optionOf(before))
  const [scopes, setScopes] = useState(before.scopes)
  const [advanced, setAdvanced] = useState(noAdvanced)
  const { send, pending, setError, errors, problem, form } = useAsk(...keyFields)
  const { readFormAction } = actions

  useEffect(() => {
    void ask(readFormAction({ slug, keyId: before.id })).then(({ data, error }) => {
      if (error) return setError(error)
      setChoices(data)
      if (data.key) setAdvanced(advancedText(data.key))
    })
  }, [readFormAction, slug, before.id, setError])

  const change = () => ({
    ...(label !== before.label && { label }),
    ...(thirdParty?.value !== before.thirdParty?.id && thirdPartyInput(thirdParty)),
    ...(scopes.length < before.scopes.length && { scopes }),
    ...(choices?.key && changed(choices.key, advancedInput(advanced))),
  })

  const save = () =>
    send(
      () => onceSure(() => actions.updateKeyAction({ keyId: before.id, ...change() })),
      ({ key }) => onDone(key),
    )

  const removed = before.scopes.length - scopes.length
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      unsaved={() => Object.keys(change()).length > 0}
      title="Edit key"
      description={<Holder row={before} />}
    >
      <form
        {...form}
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <DialogBody>
          {problem}
          <LabelField value={label} onChange={setLabel} errors={errors} />
          <ThirdPartyField
            choices={choices}
            value={thirdParty}
            onChange={setThirdParty}
            required={policy.thirdPartyRequired && before.thirdParty !== null}
            errors={errors}
          />
          {before.scopes.length > 0 && (
            <CheckboxGroup label="Scopes" description="They can only be taken away. For more, make a new key.">
              {before.scopes.map((scope) => (
                <Checkbox
                  key={scope}
                  label={<ScopeLabel scope={scope} />}
                  checked={scopes.includes(scope)}
                  onChange={({ target }) =>
                    setScopes(before.scopes.filter((each) => (each === scope ? target.checked : scopes.includes(each))))
                  }
                />
              ))}
            </CheckboxGroup>
          )}
          {errors.scopes && <Notice tone="danger">{errors.scopes.join(' ')}</Notice>}
          <fieldset disabled={!choices} aria-busy={!choices || undefined} className="flex flex-col gap-4">
            <AdvancedFields value={advanced} onChange={setAdvanced} ranges={policy.addressRanges} errors={errors} />
          </fieldset>
        </DialogBody>
        <DialogFooter note={removed > 0 && 'What you take away ends at once, and cannot be given back to this key.'}>
          <DialogClose />
          <Button variant="primary" type="submit" pending={pending}>
            Save changes
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

function optionOf({ thirdParty }: KeyRow): ComboboxOption | null {
  if (!thirdParty) return null
  const { id, name } = thirdParty
  return { value: id, label: name, mark: <TagMark name={name} size="sm" /> }
}

function changed(before: EditableKey, after: EditableKey): Partial<EditableKey> {
  const fields = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof EditableKey]),
  )
  return Object.fromEntries(fields)
}

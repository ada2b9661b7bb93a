'use client'

import { type FormEvent, useEffect, useRef, useState, useTransition } from 'react'
import { Button } from '@/components/ui/button'
import { Combobox, type ComboboxOption } from '@/components/ui/combobox'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { TagMark } from '@/components/ui/tag'
import { type ActionAnswer, type ActionError, errorOf } from '@/lib/action-result'
import type { LinkedApp, ThirdParty } from '@/lib/third-parties/input'

export type ThirdPartyFields = Record<'name' | 'website' | 'contact' | 'purpose' | 'app', string>
export type SaveThirdParty = (fields: ThirdPartyFields) => Promise<ActionAnswer & { data?: ThirdParty }>

type ThirdPartyDialogProps = {
  open: boolean
  onClose: () => void
  /** The one to edit; without it the dialog adds one. */
  thirdParty?: ThirdParty
  /** The registered apps that it can be said to be. */
  apps: readonly LinkedApp[]
  save: SaveThirdParty
  onSaved: (thirdParty: ThirdParty) => void
  finalFocus?: React.RefObject<HTMLElement | null>
}

/** Adds or edits a third party. What was typed is not lost by a slip: closing asks first. */
export function ThirdPartyDialog({
  open,
  onClose,
  thirdParty,
  apps,
  save,
  onSaved,
  finalFocus,
}: ThirdPartyDialogProps) {
  const form = useRef<HTMLFormElement>(null)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      finalFocus={finalFocus}
      title={thirdParty ? 'Edit third party' : 'Add third party'}
      description={thirdParty ? undefined : 'Somebody who calls your API: a company, a product, a person.'}
      unsaved={() => isChanged(form.current)}
    >
      <ThirdPartyForm
        formRef={form}
        thirdParty={thirdParty}
        apps={apps}
        save={save}
        onSaved={(saved) => {
          onClose()
          onSaved(saved)
        }}
      />
    </Dialog>
  )
}

type ThirdPartyFormProps = Pick<ThirdPartyDialogProps, 'thirdParty' | 'apps' | 'save' | 'onSaved'> & {
  formRef: React.RefObject<HTMLFormElement | null>
}

function ThirdPartyForm({ formRef, thirdParty, apps, save, onSaved }: ThirdPartyFormProps) {
  const [error, setError] = useState<ActionError | null>(null)
  const [app, setApp] = useState(() => thirdParty?.app && appOption(thirdParty.app))
  const [pending, startTransition] = useTransition()
  const errors = error?.errors ?? {}
  const known = apps.some(({ id }) => id === thirdParty?.app?.id)
  const options = [...(thirdParty?.app && !known ? [thirdParty.app] : []), ...apps].map(appOption)

  useEffect(() => {
    if (error) formRef.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [error, formRef])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (pending) return
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as ThirdPartyFields
    const typed = { ...fields, app: app?.value ?? '' }
    startTransition(async () => {
      const result = await save(typed).catch(() => undefined)
      setError(errorOf(result))
      if (result?.data) onSaved(result.data)
    })
  }

  return (
    <form ref={formRef} onSubmit={submit} method="post" noValidate className="flex min-h-0 flex-col">
      <DialogBody>
        {error && Object.keys(errors).length === 0 && <Notice tone="danger">{error.message}</Notice>}
        <Field label="Name" name="name" error={errors.name}>
          <Input defaultValue={thirdParty?.name} autoComplete="off" />
        </Field>
        <Field label="Website" name="website" optional error={errors.website}>
          <Input
            type="url"
            defaultValue={thirdParty?.website ?? ''}
            placeholder="https://example.com"
            autoComplete="off"
          />
        </Field>
        <Field
          label="Contact"
          name="contact"
          optional
          error={errors.contact}
          description="Whom to reach when a key must change."
        >
          <Input defaultValue={thirdParty?.contact ?? ''} autoComplete="off" />
        </Field>
        <Field label="Purpose" name="purpose" optional error={errors.purpose}>
          <Textarea rows={2} defaultValue={thirdParty?.purpose ?? ''} placeholder="What they use your API for" />
        </Field>
        {options.length > 0 && (
          <Field
            label="App"
            optional
            error={errors.app}
            description="The registered app that it is: its keys and what people let the app do are then one connection."
          >
            <Combobox options={options} value={app ?? null} onValueChange={setApp} placeholder="Choose an app" />
          </Field>
        )}
      </DialogBody>
      <DialogFooter>
        <DialogClose />
        <Button type="submit" variant="primary" pending={pending} pendingLabel="Saving">
          {thirdParty ? 'Save changes' : 'Add third party'}
        </Button>
      </DialogFooter>
    </form>
  )
}

function appOption({ id, name, verified }: LinkedApp): ComboboxOption {
  return {
    value: id,
    label: name,
    mark: <TagMark name={name} size="sm" />,
    description: verified ? 'Verified' : 'Not verified',
  }
}

function isChanged(form: HTMLFormElement | null): boolean {
  const fields = form?.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea') ?? []
  return [...fields].some((field) => field.value !== field.defaultValue)
}

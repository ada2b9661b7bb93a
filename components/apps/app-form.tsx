'use client'

import { type ReactNode, useState } from 'react'
import type { Answer } from '@/components/ui/ask'
import { Button, ButtonLink } from '@/components/ui/button'
import { Section } from '@/components/ui/card'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useAsk } from '@/components/ui/use-ask'
import type { AppKind } from '@/lib/apps/input'
import type { AppFields } from './app-actions'
import { AppScopeFields } from './app-scope-fields'
import { GrantTypeFields } from './grant-type-fields'
import { LifetimeFields, lifetimesInput, lifetimesText } from './lifetime-fields'

/** What the form begins with, and what decides on what it offers. */
export interface AppDraft extends AppFields {
  kind: AppKind
  isPublic: boolean
  firstParty: boolean
}

interface Props<Data> {
  draft: AppDraft
  /** The scopes that the reader may give to tokens of the app's own. */
  grantable: readonly string[]
  submitLabel: string
  cancelHref: string
  save: (fields: AppFields) => Promise<Answer<Data> | undefined>
  onSaved: (data: Data) => void
  /** Further sections: before the redirect URIs, and at the end. */
  kindSection: ReactNode
  children?: ReactNode
}

/**
 * All that an app says of itself. Mount it anew for another kind: what it offers, and what is ticked at first, follows
 * from that.
 */
export function AppForm<Data>({
  draft,
  grantable,
  submitLabel,
  cancelHref,
  save,
  onSaved,
  kindSection,
  children,
}: Props<Data>) {
  const [name, setName] = useState(draft.name)
  const [homepage, setHomepage] = useState(draft.homepage ?? '')
  const [description, setDescription] = useState(draft.description ?? '')
  const [uris, setUris] = useState(draft.redirectUris.join('\n'))
  const [grantTypes, setGrantTypes] = useKindly(draft, draft.grantTypes)
  const [scopes, setScopes] = useKindly(draft, draft.scopes)
  const [lifetimes, setLifetimes] = useState(() => lifetimesText(draft))
  const { send, pending, error, errors, form } = useAsk()

  const machine = draft.kind === 'machine'
  return (
    <form
      {...form}
      onSubmit={(event) => {
        event.preventDefault()
        const fields = {
          name,
          homepage: homepage.trim() || null,
          description: description.trim() || null,
          redirectUris: machine ? [] : lines(uris),
          grantTypes,
          scopes,
          ...lifetimesInput(lifetimes, draft, { people: !machine, own: grantTypes.includes('client_credentials') }),
        }
        send(() => save(fields), onSaved)
      }}
    >
      <Section
        title="About"
        description={
          machine ? 'Members of this project see this.' : 'People read this when the app asks them for access.'
        }
      >
        <div className="flex flex-col gap-4">
          <Field label="Name" error={errors.name}>
            <Input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" required />
          </Field>
          <Field label="Homepage" optional error={errors.homepage}>
            <Input
              type="url"
              value={homepage}
              onChange={(event) => setHomepage(event.target.value)}
              placeholder="https://example.com"
              autoComplete="off"
            />
          </Field>
          <Field label="Description" optional error={errors.description}>
            <Textarea
              rows={2}
              value={description}
              onChange={(event) => setDescription(event.currentTarget.value)}
              placeholder={machine ? 'Sends new orders to the warehouse' : 'Copies your orders into your books'}
            />
          </Field>
        </div>
      </Section>
      {kindSection}
      {!machine && (
        <Section title="Redirect" description="People are only ever sent back to one of these, letter by letter.">
          <Field
            label="Redirect URIs"
            error={errors.redirectUris}
            description={
              draft.kind === 'native'
                ? 'One on each line. A scheme with a dot such as com.example.app:/callback, http on loopback with any port, or https.'
                : 'One on each line. https, or http on localhost.'
            }
          >
            <Textarea
              mono
              value={uris}
              onChange={(event) => setUris(event.currentTarget.value)}
              placeholder={
                draft.kind === 'native' ? 'com.example.app:/callback' : 'https://app.example.com/oauth/callback'
              }
              spellCheck={false}
              autoCapitalize="none"
            />
          </Field>
        </Section>
      )}
      <Section
        title={machine ? 'Scopes' : 'Access'}
        description={
          machine
            ? 'What the tokens of this app may do.'
            : 'The most it may ask for. Each person sees what it asks for, and decides.'
        }
      >
        <AppScopeFields
          kind={draft.kind}
          ownTokens={grantTypes.includes('client_credentials')}
          value={scopes}
          onChange={setScopes}
          grantable={grantable}
          errors={errors.scopes}
        />
      </Section>
      <Section
        title="Tokens"
        description="How the app comes by tokens, and how long they work. Most apps leave this be."
      >
        <div className="flex flex-col gap-6">
          {!machine && (
            <GrantTypeFields draft={draft} value={grantTypes} onChange={setGrantTypes} errors={errors.grantTypes} />
          )}
          <LifetimeFields
            people={!machine}
            own={grantTypes.includes('client_credentials')}
            value={lifetimes}
            onChange={setLifetimes}
            errors={errors}
          />
        </div>
      </Section>
      {children}
      <div className="flex flex-wrap items-center justify-end gap-2 border-t pt-4 lg:max-w-[calc(15rem+2rem+35rem)] [&>*]:max-sm:grow">
        {error && (
          <div className="w-full">
            <Notice tone="danger">
              {Object.keys(errors).length === 0 ? error.message : 'Some fields are not right. See what they say.'}
            </Notice>
          </div>
        )}
        <ButtonLink href={cancelHref}>Cancel</ButtonLink>
        <Button type="submit" variant="primary" pending={pending}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}

/** What follows from the kind, until the reader has said otherwise: another kind begins anew. */
function useKindly<T>({ kind, isPublic }: AppDraft, usual: T): [T, (value: T) => void] {
  const place = `${kind} ${isPublic}`
  const [chosen, setChosen] = useState<{ place: string; value: T } | null>(null)
  const value = chosen?.place === place ? chosen.value : usual
  return [value, (next) => setChosen({ place, value: next })]
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

'use client'

import { createContext, type ReactNode, useContext, useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { TagMark } from '@/components/ui/tag'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { countText } from '@/components/ui/words'
import { onceSure } from '@/components/users/confirm-identity'
import type { SiteAppRow } from './site-app-row'

type Done = { done: true }

export interface SiteAppActions {
  markAction: Action<{ clientId: string; verified?: boolean; seen?: string; firstParty?: boolean }, Done>
  renameAction: Action<{ clientId: string; name: string }, Done>
  disableAction: Action<{ clientId: string }, Done>
  enableAction: Action<{ clientId: string }, Done>
}

/** What an admin is asked before it is done: what gives trust, and what ends something. */
type Asked = 'verify' | 'mark' | 'rename' | 'disable'
type Kind = Asked | 'unverify' | 'unmark' | 'enable'

const asks: Record<Asked, { title: string; note: string }> = {
  verify: {
    title: 'Verify app',
    note: 'People will read at consent that this site has checked who publishes the app.',
  },
  mark: {
    title: 'Mark as first-party',
    note: 'The app counts as this site’s own, and may be given the password grant.',
  },
  rename: {
    title: 'Rename app',
    note: 'You can choose a name that looks like this site’s, which its project cannot. The app is no longer verified then.',
  },
  disable: {
    title: 'Disable app',
    note: 'It gets no more tokens, and those it has are refused at once. Its project cannot enable it again; an admin can.',
  },
}

const doneWords: Record<Kind, string> = {
  verify: 'was verified',
  unverify: 'is no longer verified',
  mark: 'was marked as first-party',
  unmark: 'is no longer first-party',
  rename: 'was renamed',
  disable: 'was disabled',
  enable: 'was enabled',
}

type Act = (kind: Kind, row: SiteAppRow) => void

const Context = createContext<Act | null>(null)

/** What can be done with an app of any project, for whatever stands inside SiteAppActs. */
export function useSiteAppActs(): Act {
  const value = useContext(Context)
  if (!value) throw new Error('useSiteAppActs outside of SiteAppActs')
  return value
}

/** Holds the dialog of the page about all apps, and does at once what needs none. */
export function SiteAppActs({
  markAction,
  renameAction,
  disableAction,
  enableAction,
  children,
}: SiteAppActions & { children: ReactNode }) {
  const [asked, setAsked] = useState<{ kind: Asked; row: SiteAppRow } | null>(null)
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const { send, pending, setError, errors, problem } = useAsk('name')

  const works: Record<Kind, (row: SiteAppRow) => ReturnType<Action<never, Done>>> = {
    verify: ({ id: clientId, shown: seen }) => markAction({ clientId, verified: true, seen }),
    rename: ({ id: clientId }) => renameAction({ clientId, name }),
    unverify: ({ id: clientId }) => markAction({ clientId, verified: false }),
    mark: ({ id: clientId }) => markAction({ clientId, firstParty: true }),
    unmark: ({ id: clientId }) => markAction({ clientId, firstParty: false }),
    disable: ({ id: clientId }) => disableAction({ clientId }),
    enable: ({ id: clientId }) => enableAction({ clientId }),
  }
  const say = (kind: Kind, { name }: SiteAppRow) => toast.success(`${name} ${doneWords[kind]}.`)

  const act: Act = async (kind, row) => {
    if (isAsked(kind)) {
      setAsked({ kind, row })
      setName(row.name)
      setError(null)
      return setOpen(true)
    }
    // Not one at a time: the next may be on another app.
    const { error } = await ask(works[kind](row))
    if (error) toast.error(error.message)
    else say(kind, row)
  }
  const confirm = ({ kind, row }: { kind: Asked; row: SiteAppRow }) =>
    send(
      () => onceSure(() => works[kind](row)),
      () => {
        setOpen(false)
        say(kind, row)
      },
    )
  return (
    <Context value={act}>
      {children}
      {asked && (
        <Dialog
          open={open}
          onClose={() => setOpen(false)}
          pending={pending}
          title={asks[asked.kind].title}
          description={
            <span className="flex min-w-0 items-center gap-2">
              <TagMark name={asked.row.name} logo={asked.row.logoUrl} size="sm" />
              <strong className="wrap-anywhere font-semibold text-ink">{asked.row.name}</strong>
              <span className="truncate">of {asked.row.project.name}</span>
            </span>
          }
        >
          {/* No form: Enter, still held down from the menu, must not confirm. */}
          <DialogBody>
            {problem}
            <p>
              {asked.row.people === 0
                ? 'It is connected to nobody.'
                : `It is connected to ${countText(asked.row.people, 'person', 'people')}.`}{' '}
              {asked.kind !== 'verify' && asked.row.homepage && `It says that its homepage is ${asked.row.homepage}.`}
            </p>
            {asked.kind === 'verify' && <Shown row={asked.row} />}
            {asked.kind === 'rename' && (
              <Field label="Name" error={errors.name}>
                <Input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
              </Field>
            )}
          </DialogBody>
          <DialogFooter note={asks[asked.kind].note}>
            <DialogClose />
            <Button
              variant={asked.kind === 'disable' ? 'danger' : 'primary'}
              pending={pending}
              onClick={() => confirm(asked)}
            >
              {asks[asked.kind].title}
            </Button>
          </DialogFooter>
        </Dialog>
      )}
    </Context>
  )
}

/** What people are shown of an app at consent, and where they are sent: what a mark vouches for. */
function Shown({ row }: { row: SiteAppRow }) {
  const facts = [
    ['Homepage', row.homepage],
    ['Description', row.description],
    ['Redirect URIs', row.redirectUris.join('\n')],
  ] as const
  return (
    <dl className="mt-3 flex flex-col gap-2 text-sm">
      {facts.map(([term, text]) => (
        <div key={term}>
          <dt className="text-quiet">{term}</dt>
          <dd className="wrap-anywhere whitespace-pre-line">{text || 'None'}</dd>
        </div>
      ))}
    </dl>
  )
}

const isAsked = (kind: Kind): kind is Asked => kind in asks

'use client'

import { createContext, type ReactNode, useContext, useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { TagMark } from '@/components/ui/tag'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { countText } from '@/components/ui/words'
import type { SiteAppRow } from './site-app-row'

type Done = { done: true }

export interface SiteAppActions {
  markAction: Action<{ clientId: string; verified?: boolean; firstParty?: boolean }, Done>
  disableAction: Action<{ clientId: string }, Done>
  enableAction: Action<{ clientId: string }, Done>
}

/** What an admin is asked before it is done: what gives trust, and what ends something. */
type Asked = 'verify' | 'mark' | 'disable'
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
  disableAction,
  enableAction,
  children,
}: SiteAppActions & { children: ReactNode }) {
  const [asked, setAsked] = useState<{ kind: Asked; row: SiteAppRow } | null>(null)
  const [open, setOpen] = useState(false)
  const { send, pending, setError, problem } = useAsk()

  const works: Record<Kind, (clientId: string) => ReturnType<Action<never, Done>>> = {
    verify: (clientId) => markAction({ clientId, verified: true }),
    unverify: (clientId) => markAction({ clientId, verified: false }),
    mark: (clientId) => markAction({ clientId, firstParty: true }),
    unmark: (clientId) => markAction({ clientId, firstParty: false }),
    disable: (clientId) => disableAction({ clientId }),
    enable: (clientId) => enableAction({ clientId }),
  }
  const say = (kind: Kind, { name }: SiteAppRow) => toast.success(`${name} ${doneWords[kind]}.`)

  const act: Act = async (kind, row) => {
    if (isAsked(kind)) {
      setAsked({ kind, row })
      setError(null)
      return setOpen(true)
    }
    // Not one at a time: the next may be on another app.
    const { error } = await ask(works[kind](row.id))
    if (error) toast.error(error.message)
    else say(kind, row)
  }
  const confirm = ({ kind, row }: { kind: Asked; row: SiteAppRow }) =>
    send(
      () => works[kind](row.id),
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
              {asked.row.homepage && `It says that its homepage is ${asked.row.homepage}.`}
            </p>
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

const isAsked = (kind: Kind): kind is Asked => kind in asks

'use client'

import { createContext, type ReactNode, useContext, useState } from 'react'
import type { Action } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { TagMark } from '@/components/ui/tag'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { countText } from '@/components/ui/words'
import { onceSure } from '@/components/users/confirm-identity'
import type { Account } from '@/lib/users/search'

type UserAction = Action<{ userId: string }, { done: true }>

export interface UserActions {
  makeAdminAction: UserAction
  removeAdminAction: UserAction
  disableUserAction: UserAction
  enableUserAction: UserAction
  resetSecondFactorAction: UserAction
  signOutEverywhereAction: UserAction
}

type Kind = 'make-admin' | 'remove-admin' | 'disable' | 'sign-out' | 'reset-second-factor'

interface UserActsValue {
  self: string
  open: (kind: Kind, row: Account) => void
  /** Takes nothing from anybody, so it is done at once. */
  enable: (row: Account) => void
}

const Context = createContext<UserActsValue | null>(null)

/** The acts on accounts, for whatever stands inside UserActs. */
export function useUserActs(): UserActsValue {
  const value = useContext(Context)
  if (!value) throw new Error('useUserActs outside of UserActs')
  return value
}

interface Words {
  title: string
  note: (row: Account, own: boolean) => string
  verb: string
  danger: boolean
  done: (row: Account) => string
}

const words: Record<Kind, Words> = {
  'make-admin': {
    title: 'Make admin',
    note: ({ name }) => `${name} will see and be able to end every key, account and app of this site.`,
    verb: 'Make admin',
    danger: false,
    done: ({ name }) => `${name} was made an admin.`,
  },
  'remove-admin': {
    title: 'Remove admin',
    note: ({ name }, own) =>
      own
        ? 'You leave the admin view at once. Only another admin can let you in again.'
        : `${name} loses the admin view at once, and keeps the account, projects and keys.`,
    verb: 'Remove admin',
    danger: true,
    done: ({ name }) => `${name} is no longer an admin.`,
  },
  disable: {
    title: 'Disable account',
    note: ({ name, keys }, own) =>
      `${own ? 'You are' : `${name} is`} signed out everywhere, and ${keys === 0 ? 'can no longer sign in' : `every key that ${own ? 'you answer' : 'they answer'} for is refused at once`}. It can be enabled again.`,
    verb: 'Disable account',
    danger: true,
    done: ({ name }) => `${name} was disabled.`,
  },
  'sign-out': {
    title: 'Sign out everywhere',
    note: ({ name }, own) => `${own ? 'Your' : `${name}’s`} sessions end at once, on every device. Keys go on working.`,
    verb: 'Sign out everywhere',
    danger: true,
    done: ({ name }) => `${name} was signed out everywhere.`,
  },
  'reset-second-factor': {
    title: 'Switch off two-step sign-in',
    note: ({ name }, own) =>
      own
        ? 'Your passkeys, authenticator app and recovery codes go. You are signed out everywhere.'
        : `The passkeys, authenticator app and recovery codes of ${name} go, and they are signed out everywhere. Make sure first that it is ${name} who asks for it.`,
    verb: 'Switch off',
    danger: true,
    done: ({ name }) => `${name} signs in with the password alone.`,
  },
}

/** Holds the dialogs of the page about users, one open at a time. */
export function UserActs({ self, children, ...actions }: UserActions & { self: string; children: ReactNode }) {
  const [act, setAct] = useState<{ kind: Kind; row: Account } | null>(null)
  const [isOpen, setOpen] = useState(false)
  const { send, pending, setError, problem } = useAsk()
  const sent: Record<Kind, UserAction> = {
    'make-admin': actions.makeAdminAction,
    'remove-admin': actions.removeAdminAction,
    disable: actions.disableUserAction,
    'sign-out': actions.signOutEverywhereAction,
    'reset-second-factor': actions.resetSecondFactorAction,
  }
  const value: UserActsValue = {
    self,
    open(kind, row) {
      setAct({ kind, row })
      setError(null)
      setOpen(true)
    },
    enable: (row) =>
      send(
        () => actions.enableUserAction({ userId: row.id }),
        () => toast.success(`${row.name} was enabled.`),
        ({ message }) => toast.error(message),
      ),
  }
  const confirm = ({ kind, row }: { kind: Kind; row: Account }) =>
    send(
      () => onceSure(() => sent[kind]({ userId: row.id })),
      () => {
        setOpen(false)
        toast.success(words[kind].done(row))
      },
    )
  return (
    <Context value={value}>
      {children}
      {act && (
        <Dialog
          open={isOpen}
          onClose={() => setOpen(false)}
          pending={pending}
          title={words[act.kind].title}
          description={<AccountLine row={act.row} />}
        >
          {/* No form: Enter, still held down from the menu, must not confirm. */}
          <DialogBody>
            {problem}
            <p>
              {act.row.keys === 0 ? 'Answers for no key' : `Answers for ${upTo1000(act.row.keys, 'key')}`}, and is
              signed in {act.row.sessions === 0 ? 'nowhere' : `on ${upTo1000(act.row.sessions, 'device')}`}.
            </p>
          </DialogBody>
          <DialogFooter note={words[act.kind].note(act.row, act.row.id === self)}>
            <DialogClose />
            <Button
              variant={words[act.kind].danger ? 'danger' : 'primary'}
              pending={pending}
              onClick={() => confirm(act)}
            >
              {words[act.kind].verb}
            </Button>
          </DialogFooter>
        </Dialog>
      )}
    </Context>
  )
}

/** The account that a dialog is about. */
function AccountLine({ row }: { row: Account }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <TagMark name={row.name} size="sm" />
      <strong className="wrap-anywhere font-semibold text-ink">{row.name}</strong>
      <span className="truncate">{row.email}</span>
    </span>
  )
}

/** More than a thousand is not counted. */
const upTo1000 = (count: number, noun: string) => (count > 1000 ? `more than 1,000 ${noun}s` : countText(count, noun))

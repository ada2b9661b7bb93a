'use client'

import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { toast } from '@/components/ui/toast'
import { onceSure } from '@/components/users/confirm-identity'
import type { KeyPolicy } from '@/lib/policy/input'
import type { Scope } from '@/lib/scopes'
import { CreateKeyDialog } from './create-key-dialog'
import { EditKeyDialog } from './edit-key-dialog'
import type { KeyActions } from './key-actions'
import type { KeyRow } from './key-row'
import { RegenerateKeyDialog } from './regenerate-key-dialog'
import { RevealKeyDialog } from './reveal-key-dialog'
import { RevokeKeyDialog } from './revoke-key-dialog'

export type Act = { kind: 'create' } | { kind: 'edit' | 'regenerate' | 'revoke'; key: KeyRow }

/** What every dialog about keys is given. */
export interface DialogProps extends KeyActions {
  open: boolean
  onClose: () => void
}

export interface KeyActsProps extends KeyActions {
  project: { slug: string; name: string }
  appUrl: string
  /** The scopes that the reader may give. */
  grantable: Scope[]
  /** What the site asks of keys. */
  policy: KeyPolicy
  canWrite: boolean
}

interface KeyActsValue {
  canWrite: boolean
  slug: string
  open: (act: Act) => void
  /** Ends a key's old secret at once: what it says beside the button is all there is to know before. */
  endOverlap: (key: KeyRow) => Promise<void>
  /** Makes the reader answer for a key that nobody answers for any more. */
  takeOver: (key: KeyRow) => Promise<void>
  /** The key that has just changed, for a moment. */
  marked: string | null
}

const Context = createContext<KeyActsValue | null>(null)

/** The acts on keys, for whatever stands inside KeyActs. */
export function useKeyActs(): KeyActsValue {
  const value = useContext(Context)
  if (!value) throw new Error('useKeyActs outside of KeyActs')
  return value
}

/**
 * Holds the dialogs of a page about keys, one open at a time, and the new secret while it is shown.
 *
 * @param latest the key as the page knows it now, which may have changed since its dialog opened
 * @param onChanged told of each key that an act here has changed
 */
export function KeyActs({
  project,
  appUrl,
  grantable,
  policy,
  canWrite,
  latest,
  onChanged,
  children,
  ...actions
}: KeyActsProps & {
  latest?: (id: string) => KeyRow | undefined
  onChanged?: (key: KeyRow) => void
  children: ReactNode
}) {
  const [act, setAct] = useState<(Act & { serial: number }) | null>(null)
  const [open, setOpen] = useState(false)
  const [revealed, setRevealed] = useState<{ row: KeyRow; secret: string; regenerated: boolean } | null>(null)
  const [marked, mark] = useMark()

  const key = act && 'key' in act ? (latest?.(act.key.id) ?? act.key) : null
  const dialog = { ...actions, open, onClose: () => setOpen(false) }

  function done(changed: KeyRow, words: string) {
    setOpen(false)
    onChanged?.(changed)
    mark(changed.id)
    toast.success(words)
  }

  function reveal(changed: KeyRow, secret: string, regenerated: boolean) {
    setOpen(false)
    setRevealed({ row: changed, secret, regenerated })
    onChanged?.(changed)
  }

  const wipe = useCallback(() => setRevealed((shown) => shown && { ...shown, secret: '' }), [])

  const value = {
    canWrite,
    slug: project.slug,
    marked,
    open(next: Act) {
      setAct({ ...next, serial: (act?.serial ?? 0) + 1 })
      setOpen(true)
    },
    async takeOver(row: KeyRow) {
      const { data, error } = await ask(onceSure(() => actions.takeOverKeyAction({ keyId: row.id })))
      if (data) done(data.key, `You answer for ${data.key.label} now, and it is accepted again.`)
      else toast.error(error.message)
    },
    async endOverlap(row: KeyRow) {
      const { data, error } = await ask(actions.endOverlapAction({ keyId: row.id }))
      if (data) done(data.key, `The old secret of ${data.key.label} was ended.`)
      else toast.error(error.message)
    },
  }
  return (
    <Context value={value}>
      {children}
      {act?.kind === 'create' && (
        <CreateKeyDialog
          key={act.serial}
          {...dialog}
          slug={project.slug}
          grantable={grantable}
          policy={policy}
          onIssued={(created, secret) => reveal(created, secret, false)}
        />
      )}
      {key && act?.kind === 'edit' && (
        <EditKeyDialog
          key={act.serial}
          {...dialog}
          policy={policy}
          slug={project.slug}
          row={key}
          onDone={(changed) => done(changed, `${changed.label} was changed.`)}
        />
      )}
      {key && act?.kind === 'regenerate' && (
        <RegenerateKeyDialog
          key={act.serial}
          {...dialog}
          row={key}
          onIssued={(changed, secret) => reveal(changed, secret, true)}
        />
      )}
      {key && act?.kind === 'revoke' && (
        <RevokeKeyDialog
          key={act.serial}
          {...dialog}
          row={key}
          onDone={(changed) => done(changed, `${changed.label} was revoked.`)}
        />
      )}
      {revealed && (
        <RevealKeyDialog
          {...revealed}
          appUrl={appUrl}
          onWipe={wipe}
          onClosed={() => {
            setRevealed(null)
            mark(revealed.row.id)
            const holder = revealed.row.thirdParty ? ` for ${revealed.row.thirdParty.name}` : ''
            toast.success(`${revealed.row.label} was ${revealed.regenerated ? 'regenerated' : 'created'}${holder}.`)
          }}
        />
      )}
    </Context>
  )
}

const MARKED_MS = 2600

function useMark(): [string | null, (id: string) => void] {
  const [marked, setMarked] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return [
    marked,
    (id) => {
      clearTimeout(timer.current)
      setMarked(id)
      timer.current = setTimeout(() => setMarked(null), MARKED_MS)
    },
  ]
}

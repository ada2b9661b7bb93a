'use client'

import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { onceSure } from '@/components/users/confirm-identity'
import type { AppActions } from './app-actions'
import type { AppRow } from './app-row'
import { DisableAppDialog } from './disable-app-dialog'
import { RevealSecretDialog } from './reveal-secret-dialog'
import { RotateSecretDialog } from './rotate-secret-dialog'

export interface AppActsProps extends AppActions {
  slug: string
  appUrl: string
  canWrite: boolean
}

interface AppActsValue {
  slug: string
  canWrite: boolean
  open: (kind: 'rotate' | 'disable', row: AppRow) => void
  /** What takes nothing from anybody, or says all there is to know before, is done at once. */
  enable: (row: AppRow) => void
  endOverlap: (row: AppRow) => void
  pending: boolean
}

const Context = createContext<AppActsValue | null>(null)

/** The acts on apps, for whatever stands inside AppActs. */
export function useAppActs(): AppActsValue {
  const value = useContext(Context)
  if (!value) throw new Error('useAppActs outside of AppActs')
  return value
}

/**
 * Holds the dialogs of a page about apps, one open at a time, and the new secret while it is shown.
 *
 * @param latest the app as the page knows it now, which may have changed since its dialog opened
 */
export function AppActs({
  slug,
  appUrl,
  canWrite,
  latest,
  children,
  ...actions
}: AppActsProps & { latest: (id: string) => AppRow | undefined; children: ReactNode }) {
  const [act, setAct] = useState<{ kind: 'rotate' | 'disable'; row: AppRow; serial: number } | null>(null)
  const [isOpen, setOpen] = useState(false)
  const [revealed, setRevealed] = useState<{ row: AppRow; secret: string } | null>(null)
  const [pending, run] = useAct()
  const wipe = useCallback(() => setRevealed((shown) => shown && { ...shown, secret: '' }), [])

  const row = act && (latest(act.row.id) ?? act.row)
  const dialog = { ...actions, open: isOpen, onClose: () => setOpen(false) }

  const value: AppActsValue = {
    slug,
    canWrite,
    pending,
    open(kind, row) {
      setAct({ kind, row, serial: (act?.serial ?? 0) + 1 })
      setOpen(true)
    },
    enable: (row) =>
      run(async () => {
        const { error } = await ask(onceSure(() => actions.enableAction({ clientId: row.id })))
        if (error) toast.error(error.message)
        else toast.success(`${row.name} was enabled.`)
      }),
    endOverlap: (row) =>
      run(async () => {
        const { error } = await ask(actions.endOverlapAction({ clientId: row.id }))
        if (error) toast.error(error.message)
        else toast.success(`The old secret of ${row.name} was ended.`)
      }),
  }
  return (
    <Context value={value}>
      {children}
      {row && act?.kind === 'rotate' && (
        <RotateSecretDialog
          key={act.serial}
          {...dialog}
          row={row}
          onIssued={(changed, secret) => {
            setOpen(false)
            setRevealed({ row: changed, secret })
          }}
        />
      )}
      {row && act?.kind === 'disable' && (
        <DisableAppDialog
          key={act.serial}
          {...dialog}
          row={row}
          onDone={() => {
            setOpen(false)
            toast.success(`${row.name} was disabled.`)
          }}
        />
      )}
      {revealed && (
        <RevealSecretDialog
          {...revealed}
          appUrl={appUrl}
          onWipe={wipe}
          onClosed={() => {
            setRevealed(null)
            toast.success(`The secret of ${revealed.row.name} was rotated.`)
          }}
        />
      )}
    </Context>
  )
}

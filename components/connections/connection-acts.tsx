'use client'

import { createContext, type ReactNode, useContext, useState } from 'react'
import { toast } from '@/components/ui/toast'
import type { Connection, ConnectionItem } from '@/lib/connections/list'
import type { ConnectionActions } from './connection-actions'
import { countWords } from './connection-name'
import { DisconnectDialog } from './disconnect-dialog'
import { RemoveAccessDialog } from './remove-access-dialog'

type Act = { connection: Connection; item?: ConnectionItem }

interface ConnectionActsValue extends Pick<ConnectionActions, 'narrowAction'> {
  disconnect: (connection: Connection) => void
  removeAccess: (connection: Connection, item: ConnectionItem) => void
}

const Context = createContext<ConnectionActsValue | null>(null)

/** The acts on connections, for whatever stands inside ConnectionActs. */
export function useConnectionActs(): ConnectionActsValue {
  const value = useContext(Context)
  if (!value) throw new Error('useConnectionActs outside of ConnectionActs')
  return value
}

/**
 * Holds the dialogs of a page about connections, one open at a time.
 *
 * @param onEnded told when something of a connection has ended, and whether nothing of it is left
 */
export function ConnectionActs({
  onEnded,
  children,
  ...actions
}: ConnectionActions & { onEnded: (nothingLeft: boolean) => void; children: ReactNode }) {
  const [act, setAct] = useState<(Act & { serial: number }) | null>(null)
  const [open, setOpen] = useState(false)

  function ask(next: Act) {
    setAct({ ...next, serial: (act?.serial ?? 0) + 1 })
    setOpen(true)
  }

  function ended(words: string, nothingLeft: boolean) {
    setOpen(false)
    toast.success(words)
    onEnded(nothingLeft)
  }

  const dialog = { open, onClose: () => setOpen(false), onClosed: keepFocus }
  const value = {
    narrowAction: actions.narrowAction,
    disconnect: (connection: Connection) => ask({ connection }),
    removeAccess: (connection: Connection, item: ConnectionItem) => ask({ connection, item }),
  }
  return (
    <Context value={value}>
      {children}
      {act?.item && (
        <RemoveAccessDialog
          key={act.serial}
          {...dialog}
          {...actions}
          connection={act.connection}
          item={act.item}
          onDone={() => ended(`${act.item?.label} has lost its access.`, act.connection.items.length === 1)}
        />
      )}
      {act && !act.item && (
        <DisconnectDialog
          key={act.serial}
          {...dialog}
          {...actions}
          connection={act.connection}
          onDone={(counts) => ended(`${act.connection.name} was disconnected: ${countWords(counts)}.`, true)}
        />
      )}
    </Context>
  )
}

/** The button that opened the dialog may be gone together with what ended. */
function keepFocus() {
  if (document.activeElement === document.body) document.getElementById('content')?.focus()
}

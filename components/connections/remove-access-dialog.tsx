'use client'

import { isInUse, LastUsed } from '@/components/keys/last-used'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { Tag } from '@/components/ui/tag'
import { useAsk } from '@/components/ui/use-ask'
import type { Connection, ConnectionItem } from '@/lib/connections/list'
import { AccessLine } from './access-words'
import type { ConnectionActions } from './connection-actions'
import { ItemName } from './connection-item'

type Props = Pick<ConnectionActions, 'removeAccessAction'> & {
  open: boolean
  onClose: () => void
  onClosed: () => void
  connection: Connection
  item: ConnectionItem
  onDone: () => void
}

/** Ends one key or grant of a connection: the rest of it goes on. */
export function RemoveAccessDialog({ open, onClose, onClosed, connection, item, onDone, removeAccessAction }: Props) {
  const { send, pending, problem } = useAsk()
  const remove = () => send(() => removeAccessAction({ kind: item.kind, id: item.id }), onDone)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={onClosed}
      pending={pending}
      title="Remove access"
      description={
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <ItemName item={item} />
          {connection.kind !== 'key' && (
            <>
              held by <Tag name={connection.name} logo={connection.app?.logoUrl} size="sm" className="min-w-0" />
            </>
          )}
        </span>
      }
    >
      {/* No form: Enter, still held down from the button, must not remove. */}
      <DialogBody>
        {problem}
        {isInUse(item) ? (
          <Notice tone="warn" title={item.kind === 'key' ? 'This key is in use' : 'This access is in use'}>
            <LastUsed row={item} /> What runs on it stops.
          </Notice>
        ) : (
          <p>
            <LastUsed row={item} />
          </p>
        )}
        {item.kind === 'grant' && item.project && (
          <p>
            <span className="text-quiet">Project: </span>
            {item.project.name}
          </p>
        )}
        <p>
          <span className="text-quiet">May: </span>
          <AccessLine scopes={item.scopes} />
        </p>
      </DialogBody>
      <DialogFooter
        note={
          item.kind === 'key'
            ? 'The key stops working at once. This cannot be undone.'
            : `${item.label} loses its access at once, and must ask you again.`
        }
      >
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={remove}>
          Remove access
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

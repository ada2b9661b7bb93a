'use client'

import { isInUse, LastUsed } from '@/components/keys/last-used'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { Tag } from '@/components/ui/tag'
import { useAsk } from '@/components/ui/use-ask'
import type { Connection } from '@/lib/connections/list'
import type { ConnectionActions } from './connection-actions'
import { ItemIcon, ItemName } from './connection-item'

type Props = Pick<ConnectionActions, 'disconnectAction'> & {
  open: boolean
  onClose: () => void
  onClosed: () => void
  connection: Connection
  onDone: (counts: { keys: number; grants: number }) => void
}

/** Ends all that one third party holds. What is listed here is sent along, so that nothing else ends. */
export function DisconnectDialog({ open, onClose, onClosed, connection, onDone, disconnectAction }: Props) {
  const { send, pending, problem } = useAsk()
  const { name, items, elsewhere } = connection
  const idsOf = (kind: 'key' | 'grant') => items.filter((item) => item.kind === kind).map(({ id }) => id)
  const disconnect = () => send(() => disconnectAction({ keyIds: idsOf('key'), grantIds: idsOf('grant') }), onDone)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={onClosed}
      pending={pending}
      title={`Disconnect ${name}`}
      description={<Tag name={name} logo={connection.app?.logoUrl} size="sm" />}
    >
      {/* No form: Enter, still held down from the button, must not disconnect. */}
      <DialogBody>
        {problem}
        {items.some(isInUse) && (
          <Notice tone="warn" title="This connection is in use">
            <LastUsed row={connection} /> What runs on it stops.
          </Notice>
        )}
        <div>
          <p className="mb-2 font-semibold">This stops:</p>
          <ul className="max-h-72 overflow-y-auto rounded-control border">
            {items.map((item) => (
              <li key={item.id} className="flex gap-2.5 border-b px-3 py-2 last:border-b-0">
                <ItemIcon kind={item.kind} />
                <div className="min-w-0">
                  <ItemName item={item} />
                  <p className="text-quiet text-sm">
                    {item.project && `${item.project.name} · `}
                    <LastUsed row={item} />
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </div>
        {elsewhere > 0 && (
          <p className="text-quiet">
            {name} holds {elsewhere} more in other projects. {elsewhere === 1 ? 'It goes' : 'They go'} on working.
          </p>
        )}
      </DialogBody>
      <DialogFooter note={`${name} will lose this access at once. This cannot be undone.`}>
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={disconnect}>
          Disconnect
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

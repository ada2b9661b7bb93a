'use client'

import { useState } from 'react'
import { ConfirmDialog } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import type { ActionError } from '@/lib/action-result'
import { ask } from './key-actions'
import type { DialogProps } from './key-acts'
import type { KeyRow } from './key-row'
import { OverlapText } from './overlap-text'
import { useAct } from './use-act'

type Props = DialogProps & { row: KeyRow; onDone: (key: KeyRow) => void }

/** Asks before an old secret ends ahead of its time. */
export function EndOverlapDialog({ open, onClose, row, onDone, endOverlapAction }: Props) {
  // As it was when the dialog opened: the sentence must not change while it closes.
  const [overlap] = useState(row.overlap)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, act] = useAct()
  const end = () =>
    act(async () => {
      const { data, error } = await ask(endOverlapAction({ keyId: row.id }))
      setError(error ?? null)
      if (data) onDone(data.key)
    })
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && !pending && onClose()}
      title="End the old secret now?"
      confirmLabel="End now"
      destructive
      pending={pending}
      onConfirm={end}
    >
      {error && <Notice tone="danger">{error.message}</Notice>}
      <p>
        {overlap && <OverlapText overlap={overlap} />} Whoever still sends{' '}
        <code className="font-mono text-sm">{overlap?.hint}</code> is refused from then on. The new secret keeps
        working.
      </p>
    </ConfirmDialog>
  )
}

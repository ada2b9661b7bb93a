'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useAct } from '@/components/ui/use-act'
import { countText } from '@/components/ui/words'
import { whenSure } from '@/components/users/confirm-identity'
import type { ErrorCode } from '@/lib/errors'
import type { KeyBucket } from '@/lib/keys/listing'

/** What is to be revoked: the rows that were selected, or all that pass the filter of the page. */
export type Many = { keyIds: string[] } | { filter: { q: string; status: KeyBucket } }

/** Ends many keys for good. Shows how far it is; what was interrupted can be done again. */
export function RevokeManyDialog({
  open,
  onClose,
  many,
  onDone,
}: {
  open: boolean
  onClose: () => void
  many: Many
  onDone: (revoked: number) => void
}) {
  const [reason, setReason] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [ended, setEnded] = useState<number | null>(null)
  const [pending, act] = useAct()
  const selected = 'keyIds' in many ? many.keyIds.length : null
  const what = selected === null ? 'all keys of this list' : countText(selected, 'key')
  const revoke = () =>
    act(async () => {
      setError(null)
      setEnded(0)
      const { revoked, error } = await whenSure(
        () => send({ ...many, reason: reason.trim() || null }, setEnded),
        ({ code }) => code,
      )
      setError(error)
      setEnded(null)
      if (error === null) onDone(revoked)
    })
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      title="Revoke keys"
      description={what.charAt(0).toUpperCase() + what.slice(1)}
    >
      {/* No form: Enter must not revoke. */}
      <DialogBody>
        {error && <Notice tone="danger">{error}</Notice>}
        {selected === null && (
          <Notice tone="warn" title="Also the keys on the pages that you have not seen">
            All keys of all projects that match this search and filter now are revoked.
          </Notice>
        )}
        <Field label="Reason" optional description="Kept in the history of each key.">
          <Input value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" />
        </Field>
        {ended !== null && (
          <div role="status" className="flex flex-col gap-1.5 text-quiet">
            {countText(ended, 'key')} revoked so far
            <progress
              aria-label="Keys revoked"
              className="h-1.5 w-full accent-accent"
              max={selected ?? undefined}
              value={selected === null ? undefined : ended}
            />
          </div>
        )}
      </DialogBody>
      <DialogFooter note="Whoever holds them will lose access at once. This cannot be undone.">
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={revoke}>
          Revoke {selected === null ? 'all of them' : what}
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

/** Asks the server, which says line by line how far it is. */
async function send(
  body: Many & { reason: string | null },
  onProgress: (revoked: number) => void,
): Promise<{ revoked: number; error: string | null; code?: ErrorCode }> {
  let revoked = 0
  const unfinished = () =>
    `The server did not answer to the end. ${countText(revoked, 'key')} ended for certain; do it again for the rest.`
  try {
    const answer = await fetch('/admin/keys/revoke', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok || !answer.body) return { revoked, error: (await messageOf(answer)) ?? unfinished() }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value = '' } = await reader.read()
      const lines = (text + value).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const step = JSON.parse(line) as { revoked?: number; error?: string; code?: ErrorCode; done?: boolean }
        revoked = step.revoked ?? revoked
        onProgress(revoked)
        if (step.error) return { revoked, error: step.error, code: step.code }
        if (step.done) return { revoked, error: null }
      }
      if (done) return { revoked, error: unfinished() }
    }
  } catch {
    return { revoked, error: unfinished() }
  }
}

async function messageOf(answer: Response): Promise<string | null> {
  const body = (await answer.json().catch(() => null)) as { error?: string } | null
  return body?.error ?? null
}

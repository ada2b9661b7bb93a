'use client'

import { Download } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog, DialogBody, DialogFooter } from '@/components/ui/dialog'

type RecoveryCodesDialogProps = {
  codes: readonly string[]
  /** The codes must be forgotten now. */
  onWipe: () => void
  onClosed: () => void
}

/** Shows recovery codes, once. It closes when the reader says that they are stored. */
export function RecoveryCodesDialog({ codes, onWipe, onClosed }: RecoveryCodesDialogProps) {
  const [stored, setStored] = useState(false)
  const [open, setOpen] = useState(true)
  const list = useRef<HTMLOListElement>(null)
  const text = codes.join('\n')

  // A page that the browser keeps for Back is kept with all it shows.
  useEffect(() => {
    const wipe = () => flushSync(onWipe)
    window.addEventListener('pagehide', wipe)
    return () => window.removeEventListener('pagehide', wipe)
  }, [onWipe])

  // Closing the tab and reloading bring the browser's own question.
  useEffect(() => {
    if (stored) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [stored])

  return (
    <Dialog
      open={open}
      onClose={() => setOpen(false)}
      onClosed={onClosed}
      onCloseRequest={() => stored}
      title="Save your recovery codes"
      description="For when you cannot use your passkey or your app. Each code works once."
    >
      <DialogBody>
        <p>
          <strong className="font-semibold">You see them this one time.</strong> Store them where you keep passwords, or
          print them. Whoever has one and your password can sign in.
        </p>
        <ol
          ref={list}
          aria-label="Recovery codes"
          className="grid grid-cols-2 gap-x-4 gap-y-1 rounded-control border bg-well px-3 py-2.5 font-mono"
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <div className="flex flex-wrap gap-2">
          <CopyButton
            variant="primary"
            value={text}
            onFail={() => list.current && getSelection()?.selectAllChildren(list.current)}
          />
          <Button icon={<Download aria-hidden="true" className="size-4" />} onClick={() => download(text)}>
            Download
          </Button>
        </div>
      </DialogBody>
      <DialogFooter
        note={
          <Checkbox
            label="I have stored these codes"
            checked={stored}
            onChange={(event) => setStored(event.target.checked)}
          />
        }
      >
        <Button variant="primary" disabled={!stored} onClick={() => setOpen(false)}>
          Done
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

/** Hands a file to the browser without the server. */
function download(text: string): void {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }))
  Object.assign(document.createElement('a'), { href: url, download: 'latchkey-recovery-codes.txt' }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

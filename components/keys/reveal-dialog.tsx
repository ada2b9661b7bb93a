'use client'

import { Download } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { CodeBlock } from '@/components/ui/code-block'
import { CopyButton } from '@/components/ui/copy-button'
import { ConfirmDialog, Dialog, DialogBody, DialogFooter } from '@/components/ui/dialog'
import { SecretField } from '@/components/ui/secret-field'
import { useGuardedPage } from './use-guarded-page'

interface RevealDialogProps {
  title: string
  /** The thing that the secret belongs to. */
  description: ReactNode
  /** Where it is to be stored. */
  children: ReactNode
  /** The accessible name of the field. */
  label: string
  /** Empty once it was wiped: the dialog then closes. */
  secret: string
  /** What "Download .env" hands out. */
  file: () => { name: string; text: string }
  /** A command that works as it stands. */
  command: string
  facts: ReactNode
  storedLabel: string
  /** How to come by another one. */
  another: string
  /** Where the focus goes afterwards: what opened the first dialog may be gone by then. */
  focusAfter: () => HTMLElement | null
  /** The secret must be forgotten now. */
  onWipe: () => void
  onClosed: () => void
}

/**
 * Shows a new secret, once. Until the reader says that it is stored, nothing closes this without a question; when it
 * closes, the secret is gone from the page. It never enters the address, the history or any store of the browser.
 */
export function RevealDialog({
  title,
  description,
  children,
  label,
  secret,
  file,
  command,
  facts,
  storedLabel,
  another,
  focusAfter,
  onWipe,
  onClosed,
}: RevealDialogProps) {
  const [stored, setStored] = useState(false)
  const [asking, setAsking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const finalFocus = useRef<HTMLElement>(null)
  const release = useGuardedPage(() => setAsking(true))
  const released = useRef(Promise.resolve())

  // A page that the browser keeps for Back is kept with all it shows: nothing may be left on it by then.
  useEffect(() => {
    const wipe = () => flushSync(onWipe)
    window.addEventListener('pagehide', wipe)
    return () => window.removeEventListener('pagehide', wipe)
  }, [onWipe])

  function close() {
    setAsking(false)
    finalFocus.current = focusAfter() ?? document.querySelector('main')
    onWipe()
    released.current = release()
  }

  return (
    <>
      <Dialog
        open={secret !== ''}
        onClose={close}
        // Not before the page was released: going back would undo where this leads.
        onClosed={() => void released.current.then(onClosed)}
        finalFocus={finalFocus}
        onCloseRequest={() => {
          setAsking(true)
          return false
        }}
        title={title}
        description={description}
      >
        <DialogBody>
          <p>
            <strong className="font-semibold">You see it this one time.</strong> We keep no copy, so nobody can show it
            again. {children}
          </p>
          <SecretField ref={field} label={label} value={secret} />
          <div className="flex flex-wrap gap-2">
            <CopyButton variant="primary" value={secret} onFail={() => field.current?.select()} />
            <Button icon={<Download aria-hidden="true" className="size-4" />} onClick={() => download(file())}>
              Download .env
            </Button>
          </div>
          <CodeBlock label="Try it" copyable={false} code={command} />
          {facts}
        </DialogBody>
        <DialogFooter
          note={<Checkbox label={storedLabel} checked={stored} onChange={(event) => setStored(event.target.checked)} />}
        >
          <Button variant="primary" disabled={!stored} onClick={close}>
            Done
          </Button>
        </DialogFooter>
      </Dialog>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Close without storing it?"
        confirmLabel="Close without storing"
        cancelLabel="Keep open"
        destructive
        onConfirm={close}
      >
        It is not shown again. {another}
      </ConfirmDialog>
    </>
  )
}

/** Hands a file to the browser without the server: the text never leaves this page. */
function download({ name, text }: { name: string; text: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

'use client'

import { Download } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '@/components/ui/button'
import { Fact, Facts } from '@/components/ui/card'
import { Checkbox } from '@/components/ui/checkbox'
import { CodeBlock } from '@/components/ui/code-block'
import { CopyButton } from '@/components/ui/copy-button'
import { ConfirmDialog, Dialog, DialogBody, DialogFooter } from '@/components/ui/dialog'
import { SecretField } from '@/components/ui/secret-field'
import { DateText } from '@/components/ui/time'
import { type Scope, scopeSentences } from '@/lib/scopes'
import { envFile } from './env-file'
import { Holder } from './holder'
import type { KeyRow } from './key-row'
import { OverlapText } from './overlap-text'
import { useGuardedPage } from './use-guarded-page'

/**
 * Shows a new secret, once. Until the reader says that it is stored, nothing closes this without a question; when it
 * closes, the secret is gone from the page. It never enters the address, the history or any store of the browser.
 */
export function RevealDialog({
  row,
  secret,
  regenerated,
  appUrl,
  onWipe,
  onClosed,
}: {
  row: KeyRow
  /** Empty once it was wiped: the dialog then closes. */
  secret: string
  regenerated: boolean
  appUrl: string
  /** The secret must be forgotten now. */
  onWipe: () => void
  onClosed: () => void
}) {
  const [stored, setStored] = useState(false)
  const [asking, setAsking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const finalFocus = useRef<HTMLElement>(null)
  const release = useGuardedPage(() => setAsking(true))

  // A page that the browser keeps for Back is kept with all it shows: nothing may be left on it by then.
  useEffect(() => {
    const wipe = () => flushSync(onWipe)
    window.addEventListener('pagehide', wipe)
    return () => window.removeEventListener('pagehide', wipe)
  }, [onWipe])

  function close() {
    setAsking(false)
    // What opened the first dialog may be gone by now; the key itself is there, on its row or its page.
    finalFocus.current = document.getElementById(`key-${row.id}`)?.querySelector('a') ?? document.querySelector('main')
    onWipe()
    void release()
  }

  return (
    <>
      <Dialog
        open={secret !== ''}
        onOpenChange={() => {}}
        onClosed={onClosed}
        finalFocus={finalFocus}
        onCloseRequest={() => {
          setAsking(true)
          return false
        }}
        title="Save your key"
        description={<Holder row={row} />}
      >
        <DialogBody>
          <p>
            <strong className="font-semibold">You see it this one time.</strong> We keep no copy, so nobody can show it
            again. Store it where {row.thirdParty?.name ?? 'its holder'} reads it.
          </p>
          <SecretField ref={field} label="API key" value={secret} />
          <div className="flex flex-wrap gap-2">
            <CopyButton variant="primary" value={secret} onFail={() => field.current?.select()} />
            <Button
              icon={<Download aria-hidden="true" className="size-4" />}
              onClick={() => download(envFile(row.label, row.thirdParty?.name, secret))}
            >
              Download .env
            </Button>
          </div>
          <CodeBlock
            label="Try it"
            copyable={false}
            code={`curl -H "Authorization: Api-Key ${secret}" ${appUrl}/api/v1/me`}
          />
          <Facts>
            <Fact name="May">
              {row.scopes.length === 0
                ? 'Say who it is, no more'
                : row.scopes.map((scope) => (
                    <span key={scope} className="block">
                      {scopeSentences[scope as Scope] ?? scope}
                    </span>
                  ))}
            </Fact>
            <Fact name="Until">
              {row.expiresAt ? <DateText value={row.expiresAt} /> : 'Somebody revokes it; it has no date'}
            </Fact>
            {regenerated && (
              <Fact name="Before it">
                {row.overlap ? <OverlapText overlap={row.overlap} /> : 'Old secret stopped working.'}
              </Fact>
            )}
          </Facts>
        </DialogBody>
        <DialogFooter
          note={
            <Checkbox
              label="I have stored this key"
              checked={stored}
              onChange={(event) => setStored(event.target.checked)}
            />
          }
        >
          <Button variant="primary" disabled={!stored} onClick={close}>
            Done
          </Button>
        </DialogFooter>
      </Dialog>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Close without storing it?"
        confirmLabel="Close without storing"
        cancelLabel="Keep open"
        destructive
        onConfirm={close}
      >
        It is not shown again. Without it, regenerate the key to get a new one.
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

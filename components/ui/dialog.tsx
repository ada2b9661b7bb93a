'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ComponentProps, type ReactNode, type RefObject, useRef, useState } from 'react'
import { Button, iconButtonClass } from './button'
import { cx } from './cx'

type DialogProps = {
  open: boolean
  onClose: () => void
  /** While the act runs nothing closes the dialog. */
  pending?: boolean
  /** The act: "Create API key". */
  title: string
  description?: ReactNode
  /** Asked before the dialog closes by Escape, a press outside or the cross; `false` keeps it open. */
  onCloseRequest?: () => boolean
  /** Whether something was typed that closing would lose: then the reader is asked first. */
  unsaved?: () => boolean
  finalFocus?: RefObject<HTMLElement | null>
  /** Runs when the dialog is gone, after its motion. */
  onClosed?: () => void
  children: ReactNode
}

/**
 * A modal dialog of 480 px, on a phone a sheet at the bottom. The focus goes to the first field, else to the first button
 * that destroys nothing. Inside: DialogBody, then DialogFooter, a form around both if need be.
 */
export function Dialog({
  open,
  onClose,
  pending,
  title,
  description,
  onCloseRequest,
  unsaved,
  finalFocus,
  onClosed,
  children,
}: DialogProps) {
  const popup = useRef<HTMLDivElement>(null)
  const [discarding, setDiscarding] = useState(false)
  return (
    <BaseDialog.Root
      open={open}
      onOpenChange={(next, details) => {
        if (next) return
        if (pending || onCloseRequest?.() === false) return details.cancel()
        if (!unsaved?.()) return onClose()
        details.cancel()
        setDiscarding(true)
      }}
      onOpenChangeComplete={(next) => !next && onClosed?.()}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={backdropClass} />
        <BaseDialog.Viewport className={viewportClass}>
          <BaseDialog.Popup
            ref={popup}
            className={cx(popupClass, 'sm:w-120')}
            finalFocus={finalFocus}
            initialFocus={(by) => (by === 'touch' ? true : (firstHarmless(popup.current) ?? true))}
          >
            <header className="flex items-start gap-4 px-6 pt-5 max-sm:px-4 max-sm:pt-4">
              <div className="min-w-0 grow">
                <BaseDialog.Title className={titleClass}>{title}</BaseDialog.Title>
                {description && (
                  <BaseDialog.Description render={<div />} className="mt-1 text-quiet">
                    {description}
                  </BaseDialog.Description>
                )}
              </div>
              <BaseDialog.Close
                aria-label="Close"
                data-close=""
                className={cx(iconButtonClass('sm'), '-mr-2 max-sm:-mt-2')}
              >
                <X aria-hidden="true" className="size-4" />
              </BaseDialog.Close>
            </header>
            {children}
            {unsaved && (
              <ConfirmDialog
                open={discarding}
                onClose={() => setDiscarding(false)}
                title="Discard what you typed?"
                confirmLabel="Discard"
                cancelLabel="Keep editing"
                destructive
                onConfirm={() => {
                  setDiscarding(false)
                  onClose()
                }}
              >
                Nothing has been saved yet.
              </ConfirmDialog>
            )}
          </BaseDialog.Popup>
        </BaseDialog.Viewport>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}

/** What a dialog holds, 16 px apart. */
export function DialogBody({ className, ...props }: ComponentProps<'div'>) {
  return <div {...props} className={cx('flex flex-col gap-4 px-6 pt-4 pb-6 max-sm:px-4', className)} />
}

/** The buttons, the one that acts last; `note` is the plain sentence about consequences right above them. */
export function DialogFooter({ note, children }: { note?: ReactNode; children: ReactNode }) {
  return (
    <footer className="sticky bottom-0 z-1 flex flex-col gap-3 rounded-b-surface border-t bg-float px-6 py-4 max-sm:px-4 max-sm:pb-[max(1rem,env(safe-area-inset-bottom))]">
      {note && <div>{note}</div>}
      <div className="flex flex-wrap justify-end gap-2 [&>button]:max-sm:grow">{children}</div>
    </footer>
  )
}

/** A button in a dialog that closes it; `onCloseRequest` of the dialog is asked. */
export function DialogClose({ children = 'Cancel' }: { children?: ReactNode }) {
  return <BaseDialog.Close render={<Button>{children}</Button>} />
}

type ConfirmDialogProps = {
  open: boolean
  onClose: () => void
  title: string
  /** What will happen, in one plain sentence. */
  children: ReactNode
  /** Repeats the verb of the title. */
  confirmLabel: string
  cancelLabel?: string
  destructive?: boolean
  pending?: boolean
  onConfirm: () => void
}

/** Asks before something is lost: no press outside closes it, and the harmless button has the focus. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  children,
  confirmLabel,
  cancelLabel = 'Cancel',
  destructive,
  pending,
  onConfirm,
}: ConfirmDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null)
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop forceRender className={backdropClass} />
        <AlertDialog.Viewport className={viewportClass}>
          <AlertDialog.Popup initialFocus={cancel} className={cx(popupClass, 'sm:w-100')}>
            <div className="px-6 pt-5 pb-5 max-sm:px-4">
              <AlertDialog.Title className={titleClass}>{title}</AlertDialog.Title>
              <AlertDialog.Description render={<div />} className="mt-2">
                {children}
              </AlertDialog.Description>
            </div>
            <DialogFooter>
              <AlertDialog.Close ref={cancel} render={<Button>{cancelLabel}</Button>} />
              <Button variant={destructive ? 'danger' : 'primary'} pending={pending} onClick={onConfirm}>
                {confirmLabel}
              </Button>
            </DialogFooter>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

const field = ':is(input, textarea, [role="combobox"]):not(:disabled, [type="hidden"], [aria-hidden="true"])'

function firstHarmless(popup: HTMLElement | null): HTMLElement | null {
  return (
    popup?.querySelector<HTMLElement>(field) ??
    popup?.querySelector<HTMLElement>('button:not(:disabled, [data-danger], [data-close])') ??
    null
  )
}

const backdropClass =
  'fixed inset-0 z-40 min-h-dvh bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0'
const viewportClass = 'fixed inset-0 z-40 flex items-center justify-center sm:p-6 max-sm:items-end'
const popupClass =
  'popup float-motion relative flex max-h-full w-full flex-col overflow-y-auto overscroll-contain max-sm:max-h-[92dvh] max-sm:rounded-b-none max-sm:border-x-0 max-sm:border-b-0'
const titleClass = 'text-balance font-semibold text-lg'

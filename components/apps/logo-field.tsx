'use client'

import { Trash2, Upload } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useRef } from 'react'
import { Button } from '@/components/ui/button'
import { TagMark } from '@/components/ui/tag'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import type { LogoAnswer, RemoveLogoAction } from './app-actions'

/** The picture of an app, set and removed at once, apart from the rest of the form. */
export function LogoField({
  app,
  removeLogoAction,
}: {
  app: { id: string; name: string; logoUrl: string | null }
  removeLogoAction: RemoveLogoAction
}) {
  const router = useRouter()
  const input = useRef<HTMLInputElement>(null)
  const { send, pending, problem } = useAsk()

  const upload = (file: File) =>
    send(
      () => post(app.id, file),
      () => {
        toast.success(`The logo of ${app.name} was changed.`)
        router.refresh()
      },
    )
  const remove = () =>
    send(
      () => removeLogoAction({ clientId: app.id }),
      () => toast.success(`The logo of ${app.name} was removed.`),
    )
  return (
    <div className="flex flex-col gap-3">
      {problem}
      <div className="flex flex-wrap items-center gap-3">
        <TagMark name={app.name} logo={app.logoUrl} size="lg" />
        <input
          ref={input}
          type="file"
          accept="image/png"
          aria-label="Logo"
          tabIndex={-1}
          className="sr-only"
          onChange={({ target }) => {
            const [file] = target.files ?? []
            if (file) upload(file)
            // The same file may be chosen again after it was changed.
            target.value = ''
          }}
        />
        <Button
          pending={pending}
          icon={<Upload aria-hidden="true" className="size-4" />}
          onClick={() => input.current?.click()}
        >
          {app.logoUrl ? 'Change logo' : 'Choose a PNG'}
        </Button>
        {app.logoUrl && (
          <Button disabled={pending} icon={<Trash2 aria-hidden="true" className="size-4" />} onClick={remove}>
            Remove logo
          </Button>
        )}
      </div>
    </div>
  )
}

async function post(clientId: string, file: File): Promise<LogoAnswer | undefined> {
  try {
    const answer = await fetch(`/apps/${clientId}/logo`, { method: 'POST', body: file })
    // What is larger than the server reads at all, it refuses before it knows what it is.
    if (answer.status === 413) return { serverError: { ...tooLarge, errors: {} } }
    return await answer.json()
  } catch {
    return undefined
  }
}

const tooLarge = {
  code: 'payload_too_large',
  message: 'The picture is larger than 64 KiB. Make it smaller.',
} as const

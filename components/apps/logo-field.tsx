'use client'

import { Trash2, Upload } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { TagMark } from '@/components/ui/tag'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { errorOf } from '@/lib/action-result'
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
  const [problem, setProblem] = useState<string | null>(null)
  const [pending, act] = useAct()

  const upload = (file: File) =>
    act(async () => {
      const answer = await send(app.id, file)
      const error = errorOf(answer)
      setProblem(error?.message ?? null)
      if (error) return
      toast.success(`The logo of ${app.name} was changed.`)
      router.refresh()
    })
  const remove = () =>
    act(async () => {
      const { error } = await ask(removeLogoAction({ clientId: app.id }))
      setProblem(error?.message ?? null)
      if (!error) toast.success(`The logo of ${app.name} was removed.`)
    })
  return (
    <div className="flex flex-col gap-3">
      {problem && <Notice tone="danger">{problem}</Notice>}
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

async function send(clientId: string, file: File): Promise<LogoAnswer | undefined> {
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

'use client'

import { useState, useTransition } from 'react'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/dialog'
import { DateText, RelativeTime } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { type ActionAnswer, errorOf } from '@/lib/action-result'

export interface SessionRow {
  id: string
  /** Browser and system in plain words. */
  device: string
  address: string | null
  createdAt: string
  lastSeenAt: string
  current: boolean
}

type SessionsListProps = {
  sessions: readonly SessionRow[]
  endSessionAction: (input: { id: string }) => Promise<ActionAnswer>
  signOutElsewhereAction: () => Promise<ActionAnswer & { data?: { ended: number } }>
}

/** Where one is signed in. The session in use stays: signing out of it is in the account menu. */
export function SessionsList({ sessions, endSessionAction, signOutElsewhereAction }: SessionsListProps) {
  const [asking, setAsking] = useState(false)
  const [ending, setEnding] = useState<string | null>(null)
  const [pending, startTransition] = useTransition()
  const others = sessions.filter(({ current }) => !current).length

  function endOne({ id, device }: SessionRow) {
    setEnding(id)
    startTransition(async () =>
      report(await endSessionAction({ id }).catch(() => undefined), `${device} was signed out.`),
    )
  }

  function endOthers() {
    startTransition(async () => {
      const result = await signOutElsewhereAction().catch(() => undefined)
      report(result, sessionsEnded(result?.data?.ended ?? 0))
      setAsking(false)
    })
  }

  return (
    <div className="flex flex-col items-start gap-4">
      <ul className="w-full divide-y rounded-surface border bg-surface">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-4 px-4 py-3">
            <div className="min-w-0 grow">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-semibold">{session.device}</span>
                {session.current && <Badge>This device</Badge>}
              </div>
              <div className="text-quiet text-sm">
                {session.address && <span className="font-mono">{session.address}</span>}
                {session.address && ' · '}
                seen <RelativeTime value={session.lastSeenAt} /> · since <DateText value={session.createdAt} />
              </div>
            </div>
            {!session.current && (
              <Button size="sm" pending={pending && ending === session.id} onClick={() => endOne(session)}>
                Sign out
                <span className="sr-only">
                  {' '}
                  {session.device} {session.address}
                </span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button disabled={others === 0} onClick={() => setAsking(true)}>
          Sign out everywhere else
        </Button>
        {others === 0 && <span className="text-quiet">You are signed in nowhere else.</span>}
      </div>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Sign out everywhere else"
        confirmLabel="Sign out everywhere else"
        destructive
        pending={pending}
        onConfirm={endOthers}
      >
        {others === 1 ? 'One other session ends' : `${others} other sessions end`} at once. You stay signed in here.
      </ConfirmDialog>
    </div>
  )
}

function report(result: ActionAnswer | undefined, done: string): void {
  const error = errorOf(result)
  if (error) toast.error(error.message)
  else toast.success(done)
}

function sessionsEnded(count: number): string {
  return count === 1 ? 'One other session was signed out.' : `${count} other sessions were signed out.`
}

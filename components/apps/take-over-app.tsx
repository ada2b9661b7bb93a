'use client'

import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { onceSure } from '@/components/users/confirm-identity'
import type { AppRow } from './app-row'

export type TakeOverAction = Action<{ clientId: string }, { app: AppRow }>

/** Makes the reader answer for an app that nobody answers for any more. */
export function TakeOverApp({ clientId, takeOverAction }: { clientId: string; takeOverAction: TakeOverAction }) {
  const [pending, act] = useAct()
  const takeOver = () =>
    act(async () => {
      const { data, error } = await ask(onceSure(() => takeOverAction({ clientId })))
      if (data) toast.success(`You answer for ${data.app.name} now.`)
      else toast.error(error.message)
    })
  return (
    <Button size="sm" pending={pending} onClick={takeOver}>
      Take over
    </Button>
  )
}

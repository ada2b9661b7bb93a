'use client'

import { useState } from 'react'
import { type Action, ask } from '@/components/keys/key-actions'
import { useAct } from '@/components/keys/use-act'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

export type SignInElsewhereAction = Action<{ provider: string; next: string }, { leave: string }>

type ExternalButtonsProps = {
  providers: readonly { id: string; name: string }[]
  /** What to do with it: "Continue with", "Link". */
  verb: string
  next: string
  signInElsewhereAction: SignInElsewhereAction
}

/** One button for each site that people can sign in with. */
export function ExternalButtons({ providers, verb, next, signInElsewhereAction }: ExternalButtonsProps) {
  const [error, setError] = useState<string | null>(null)
  const [going, setGoing] = useState<string | null>(null)
  const [pending, act] = useAct()
  const go = (provider: string) =>
    act(async () => {
      setGoing(provider)
      const { data, error } = await ask(signInElsewhereAction({ provider, next }))
      setError(error?.message ?? null)
      if (!data) return
      window.location.assign(data.leave)
      // The button waits until the browser has left.
      await new Promise((resolve) => setTimeout(resolve, 5_000))
    })
  return (
    <>
      {error && <Notice tone="danger">{error}</Notice>}
      {providers.map(({ id, name }) => (
        <Button key={id} pending={pending && going === id} pendingLabel={`Going to ${name}`} onClick={() => go(id)}>
          {verb} {name}
        </Button>
      ))}
    </>
  )
}

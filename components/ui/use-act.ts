'use client'

import { useRef, useState } from 'react'

/** Runs one thing at a time: what is asked for while it runs, as by a double click, does not happen. */
export function useAct(): [pending: boolean, act: (work: () => Promise<void>) => void] {
  const [pending, setPending] = useState(false)
  const running = useRef(false)
  async function act(work: () => Promise<void>) {
    if (running.current) return
    running.current = true
    setPending(true)
    try {
      await work()
    } finally {
      running.current = false
      setPending(false)
    }
  }
  return [pending, act]
}

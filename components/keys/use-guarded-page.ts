'use client'

import { useEffect, useRef } from 'react'

/**
 * While mounted, asks before the page is left: closing the tab and reloading bring the browser's own question, Back
 * brings `onLeave`. For Back an entry of the same page is laid on the history, which is what Back takes away.
 *
 * @returns takes that entry away again; what is to happen after it belongs after the promise
 */
export function useGuardedPage(onLeave: () => void): () => Promise<void> {
  const leave = useRef(onLeave)
  const release = useRef(() => Promise.resolve())
  useEffect(() => {
    leave.current = onLeave
  })

  useEffect(() => {
    let laid = false
    const lay = () => {
      history.pushState(history.state, '', location.href)
      laid = true
    }
    // Not at once: in development effects run twice, and going back does not happen at once either.
    const timer = setTimeout(lay)
    const onPopState = () => {
      lay()
      leave.current()
    }
    const onBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault()
    const stop = () => {
      clearTimeout(timer)
      window.removeEventListener('popstate', onPopState)
      window.removeEventListener('beforeunload', onBeforeUnload)
    }
    window.addEventListener('popstate', onPopState)
    window.addEventListener('beforeunload', onBeforeUnload)
    release.current = () => {
      stop()
      if (!laid) return Promise.resolve()
      laid = false
      return new Promise((resolve) => {
        window.addEventListener('popstate', () => resolve(), { once: true })
        history.back()
      })
    }
    return stop
  }, [])

  return () => release.current()
}

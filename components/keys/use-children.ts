import { useEffect, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { countText } from '@/components/ui/words'
import type { Children, KeyActions } from './key-actions'

/** How many keys and apps a key has made, read when a dialog opens; none until it is known. */
export function useChildren(keyId: string, readChildrenAction: KeyActions['readChildrenAction']): Children {
  const [children, setChildren] = useState<Children>({ keys: 0, apps: 0 })
  useEffect(() => {
    void ask(readChildrenAction({ keyId })).then(({ data }) => data && setChildren(data))
  }, [readChildrenAction, keyId])
  return children
}

/** "2 keys", "1 key and 3 apps"; null for none. */
export function childrenText({ keys, apps }: Children): string | null {
  const parts = [keys > 0 && countText(keys, 'key'), apps > 0 && countText(apps, 'app')].filter(Boolean)
  return parts.length > 0 ? parts.join(' and ') : null
}

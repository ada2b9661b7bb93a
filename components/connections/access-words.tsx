import { type AppScope, appScopeSentences } from '@/lib/scopes'

/** What a scope allows, in plain words. */
export const scopeWords = (scope: string): string =>
  appScopeSentences[scope as AppScope] ?? `${scope}, a scope that this site no longer has`

/** What scopes allow together, in one line: a few sentences, or the first of many and how many more there are. */
export function AccessLine({ scopes, most = 4 }: { scopes: readonly string[]; most?: number }) {
  if (scopes.length === 0) return 'Say who it is, no more'
  const shown = scopes.length > most ? scopes.slice(0, most - 1) : scopes
  const more = scopes.length - shown.length
  return (
    <>
      {shown.map(scopeWords).join(' · ')}
      {more > 0 && <span title={scopes.slice(-more).map(scopeWords).join(' · ')}>{` · and ${more} more`}</span>}
    </>
  )
}

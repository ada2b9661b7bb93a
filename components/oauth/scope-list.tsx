import { Check } from 'lucide-react'
import { type AppScope, appScopeSentences } from '@/lib/scopes'

/** What an app may do, in plain sentences. `strong` for what is new. */
export function ScopeList({ title, scopes, strong }: { title: string; scopes: readonly AppScope[]; strong?: boolean }) {
  return (
    <section className="mb-4">
      <h2 className={strong ? 'mb-2 font-semibold' : 'mb-2 text-quiet'}>{title}</h2>
      <ul className="flex flex-col gap-1.5">
        {scopes.map((scope) => (
          <li key={scope} className={strong ? 'flex gap-2' : 'flex gap-2 text-quiet'}>
            <Check
              aria-hidden="true"
              className={strong ? 'mt-0.5 size-4 shrink-0 text-accent' : 'mt-0.5 size-4 shrink-0'}
            />
            {appScopeSentences[scope]}
          </li>
        ))}
      </ul>
    </section>
  )
}

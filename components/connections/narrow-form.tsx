'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ScopeLabel } from '@/components/keys/scope-fields'
import { Button } from '@/components/ui/button'
import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import type { ConnectionItem } from '@/lib/connections/list'
import { useConnectionActs } from './connection-acts'

/** What a person let an app do, to take some of it away. */
export function NarrowForm({ name, grant }: { name: string; grant: ConnectionItem }) {
  const router = useRouter()
  const { narrowAction } = useConnectionActs()
  const [kept, setKept] = useState(grant.scopes)
  const { send, pending, problem } = useAsk()
  const narrow = () =>
    send(
      () => narrowAction({ grantId: grant.id, scopes: kept }),
      ({ scopes }) => {
        setKept(scopes)
        toast.success(`The access of ${name} was narrowed.`)
        router.refresh()
      },
    )
  const taken = grant.scopes.length - grant.scopes.filter((scope) => kept.includes(scope)).length
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (taken > 0 && kept.length > 0) narrow()
      }}
    >
      <CheckboxGroup label="What it may do" description="Untick what it no longer needs.">
        {grant.scopes.map((scope) => (
          <Checkbox
            key={scope}
            label={<ScopeLabel scope={scope} />}
            checked={kept.includes(scope)}
            onChange={({ target }) =>
              setKept(grant.scopes.filter((each) => (each === scope ? target.checked : kept.includes(each))))
            }
          />
        ))}
      </CheckboxGroup>
      {problem}
      {taken > 0 && (
        <p className="text-quiet text-sm">
          {kept.length === 0
            ? 'Nothing would be left. Remove the access instead.'
            : `${name} loses this at once. It can ask you for it again.`}
        </p>
      )}
      <Button type="submit" size="sm" disabled={taken === 0 || kept.length === 0} pending={pending}>
        Narrow access
      </Button>
    </form>
  )
}

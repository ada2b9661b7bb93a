'use client'

import { useEffect, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { RelativeTime, TimeOrNever } from '@/components/ui/time'
import { countText } from '@/components/ui/words'
import type { FieldErrors } from '@/lib/errors'
import type { UndecidedKey } from '@/lib/recovery/claim-address'

type KeyDecisionsProps = {
  listed: readonly UndecidedKey[]
  /** How many more keys there are. */
  others: number
  /** A key was made while the person decided, and more may come: they decide about those too, unseen. */
  isMoving: boolean
  errors: FieldErrors
  kept: Record<string, string>
}

const options = [
  { value: 'keep', label: 'Keep' },
  { value: 'revoke', label: 'Revoke' },
] as const

/** Asks of each key that was made before the address was proved whether it goes on working. Nothing is chosen at first. */
export function KeyDecisions({ listed, others, isMoving, errors, kept }: KeyDecisionsProps) {
  const [chosen, setChosen] = useState<Record<string, string>>(kept)
  // Before the page is alive, the browser keeps the choices by itself.
  const [alive, setAlive] = useState(false)
  useEffect(() => setAlive(true), [])
  const names = listed.map(({ id }) => `key.${id}`)
  const asksOthers = others > 0 || isMoving
  const all = asksOthers ? [...names, 'others'] : names
  const open = all.filter((name) => !chosen[name]).length
  const choose = (name: string) => (value: string) => setChosen((before) => ({ ...before, [name]: value }))
  const chooseAll = (value: string) => setChosen(Object.fromEntries(all.map((name) => [name, value])))
  const errorOf = (name: string) => (chosen[name] ? null : errors[name]?.[0])
  if (all.length === 0) return null
  return (
    <section aria-labelledby="keys-heading" className="flex flex-col gap-3">
      <div>
        <h2 id="keys-heading" className="font-semibold text-base">
          Which keys are yours?
        </h2>
        <p className="mt-1 text-pretty text-quiet">
          {countText(listed.length + others, 'key')} existed before this address was verified. Somebody else may have
          made them. Keep those you know and revoke the rest.
        </p>
      </div>
      {alive && all.length > 1 && (
        <div className="flex flex-wrap items-center gap-2">
          <Button size="sm" onClick={() => chooseAll('keep')}>
            Keep all
          </Button>
          <Button size="sm" onClick={() => chooseAll('revoke')}>
            Revoke all
          </Button>
          <p role="status" className="text-quiet text-sm">
            {open === 0 ? 'All decided.' : `${open} left to decide.`}
          </p>
        </div>
      )}
      <input type="hidden" name="shown" value={listed.map(({ id }) => id).join(',')} />
      <ul className="flex flex-col divide-y border-y">
        {listed.map((key) => (
          <li key={key.id} className="py-3">
            <Choice
              name={`key.${key.id}`}
              options={options}
              {...(alive ? { value: chosen[`key.${key.id}`] ?? '' } : { defaultValue: kept[`key.${key.id}`] })}
              onValueChange={choose(`key.${key.id}`)}
              error={errorOf(`key.${key.id}`)}
              label={<span className="wrap-anywhere">{key.label}</span>}
              description={<Facts {...key} />}
            />
          </li>
        ))}
        {asksOthers && (
          <li className="py-3">
            <Choice
              name="others"
              options={options}
              {...(alive ? { value: chosen.others ?? '' } : { defaultValue: kept.others })}
              onValueChange={choose('others')}
              error={errorOf('others')}
              label={others > 0 ? `The other ${countText(others, 'key')}` : 'Keys made while you decide'}
              description={
                others > 0
                  ? 'Used longer ago than those above, or never. This also decides about keys made until you set the password.'
                  : 'Somebody made a key a moment ago. This decides about any more until you set the password.'
              }
            />
          </li>
        )}
      </ul>
    </section>
  )
}

const Facts = ({ hint, project, thirdParty, createdAt, lastUsedAt, lastAddress }: UndecidedKey) => (
  <dl className="grid grid-cols-[auto_1fr] gap-x-3 [&>dd]:wrap-anywhere [&>dd]:min-w-0">
    <dt>Third party</dt>
    <dd>{thirdParty ?? 'No third party assigned'}</dd>
    <dt>Last used</dt>
    <dd>
      <TimeOrNever value={lastUsedAt} none="Never used" />
      {lastAddress && ` from ${lastAddress}`}
    </dd>
    <dt>Created</dt>
    <dd>
      <RelativeTime value={createdAt} />, in {project}
    </dd>
    <dt>Key</dt>
    <dd className="font-mono">{hint}</dd>
  </dl>
)

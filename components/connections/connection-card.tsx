'use client'

import { Button, ButtonLink } from '@/components/ui/button'
import { Tag } from '@/components/ui/tag'
import { TextLink } from '@/components/ui/text-link'
import { DateText, RelativeTime } from '@/components/ui/time'
import type { Connection, ConnectionItem } from '@/lib/connections/list'
import { AccessLine } from './access-words'
import { useConnectionActs } from './connection-acts'
import { ItemIcon, ItemName, ItemUse } from './connection-item'
import { ConnectionBadges } from './connection-name'

/** More than that are counted here and listed on the connection's own page. */
const ITEMS_SHOWN = 5

/** One third party: who it is, what it may do, and each key and grant that it holds. */
export function ConnectionCard({ connection, href }: { connection: Connection; href: string }) {
  const { disconnect } = useConnectionActs()
  const { name, items } = connection
  const shown = items.length > ITEMS_SHOWN ? items.slice(0, ITEMS_SHOWN - 1) : items
  const id = `connection-${connection.id}`
  return (
    <li>
      <article aria-labelledby={id} className="rounded-surface border bg-surface">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-4 py-3">
          <div className="min-w-0 grow basis-72">
            <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
              <h2 id={id} className="min-w-0 max-w-full font-semibold">
                <Tag name={name} logo={connection.app?.logoUrl} className="font-semibold" />
              </h2>
              <ConnectionBadges app={connection.app} />
              {connection.site && <span className="wrap-anywhere text-quiet">{connection.site}</span>}
            </div>
            <p className="mt-2">
              <span className="text-quiet">May: </span>
              <AccessLine scopes={connection.scopes} />
            </p>
            <p className="text-quiet text-sm">
              Since <DateText value={connection.since} />
              {/* Of one thing alone its own line says it. */}
              {items.length > 1 && (
                <>
                  {' · '}
                  {connection.lastUsedAt ? (
                    <>
                      Last used <RelativeTime value={connection.lastUsedAt} />
                    </>
                  ) : (
                    'Never used'
                  )}
                </>
              )}
            </p>
          </div>
          <div className="flex flex-wrap gap-2 max-sm:w-full [&>*]:max-sm:grow">
            <ButtonLink href={href} size="sm">
              Details<span className="sr-only"> of {name}</span>
            </ButtonLink>
            <Button size="sm" className="text-danger-ink!" onClick={() => disconnect(connection)}>
              <span className="max-w-56 truncate">Disconnect {name}</span>
            </Button>
          </div>
        </div>
        <ul className="border-t">
          {shown.map((item) => (
            <ItemRow key={item.id} connection={connection} item={item} />
          ))}
          {items.length > shown.length && (
            <li className="px-4 py-2.5 text-quiet text-sm">
              And {items.length - shown.length} more: <TextLink href={href}>see all {items.length}</TextLink>.
            </li>
          )}
        </ul>
      </article>
    </li>
  )
}

function ItemRow({ connection, item }: { connection: Connection; item: ConnectionItem }) {
  const { removeAccess } = useConnectionActs()
  const differs = connection.items.length > 1 && item.scopes.length < connection.scopes.length
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-b px-4 py-2.5 last:border-b-0">
      <div className="flex min-w-0 grow basis-44 gap-2.5 max-sm:basis-full">
        <ItemIcon kind={item.kind} />
        <div className="min-w-0">
          <p>
            <ItemName item={item} />
          </p>
          {differs && (
            <p className="text-sm">
              <span className="text-quiet">May: </span>
              <AccessLine scopes={item.scopes} />
            </p>
          )}
          <p className="wrap-anywhere text-quiet text-sm">
            {item.project && `${item.project.name} · `}
            {item.responsible && `${item.responsible} answers for it · `}
            <ItemUse item={item} />
          </p>
          {connection.kind === 'key' && item.project && (
            <p className="text-sm">
              <span className="text-quiet">Nobody is named as its holder. </span>
              <TextLink href={`/projects/${item.project.slug}/keys/${item.id}`}>Say who holds it</TextLink>
            </p>
          )}
        </div>
      </div>
      <Button
        size="sm"
        variant="quiet"
        // On a phone below the text, and in line with it.
        className="text-danger-ink! max-sm:ml-4"
        onClick={() => removeAccess(connection, item)}
      >
        Remove access<span className="sr-only"> of {item.label}</span>
      </Button>
    </li>
  )
}

'use client'

import { Unplug } from 'lucide-react'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { ScopeLabel } from '@/components/keys/scope-fields'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { Card, Fact, Facts } from '@/components/ui/card'
import { TagMark } from '@/components/ui/tag'
import { TextLink } from '@/components/ui/text-link'
import { DateText } from '@/components/ui/time'
import type { Connection, ConnectionItem } from '@/lib/connections/list'
import type { ConnectionActions } from './connection-actions'
import { ConnectionActs, useConnectionActs } from './connection-acts'
import { ItemIcon, ItemUse } from './connection-item'
import { ConnectionBadges } from './connection-name'
import { NarrowForm } from './narrow-form'

type ConnectionPageProps = ConnectionActions & {
  connection: Connection
  /** The list that the reader came from. */
  listHref: string
  children: ReactNode
}

/** The page of one connection: each of its keys and grants with all that is known, then `children`, its history. */
export function ConnectionPage({ connection, listHref, children, ...actions }: ConnectionPageProps) {
  const router = useRouter()
  return (
    <ConnectionActs {...actions} onEnded={(nothingLeft) => (nothingLeft ? router.push(listHref) : router.refresh())}>
      <ConnectionHead connection={connection} listHref={listHref} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {connection.items.map((item) => (
          <ItemCard key={item.id} connection={connection} item={item} />
        ))}
        {children}
      </div>
    </ConnectionActs>
  )
}

function ConnectionHead({ connection, listHref }: Pick<ConnectionPageProps, 'connection' | 'listHref'>) {
  const { disconnect } = useConnectionActs()
  const { name, app, site, elsewhere } = connection
  return (
    <PageHead
      title={name}
      mark={<TagMark name={name} logo={app?.logoUrl} />}
      back={{ href: listHref, label: 'Connections' }}
      action={
        <Button
          className="text-danger-ink! max-w-full"
          icon={<Unplug aria-hidden="true" className="size-4 shrink-0" />}
          onClick={() => disconnect(connection)}
        >
          <span className="max-w-60 truncate">Disconnect {name}</span>
        </Button>
      }
    >
      {(app || site) && (
        <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <ConnectionBadges app={app} />
          {site && <span className="wrap-anywhere">{site}</span>}
          {app && <span>registered by {app.publisher}</span>}
        </span>
      )}
      {elsewhere > 0 && (
        <p className="not-first:mt-1.5">
          It holds {elsewhere} more in other projects.{' '}
          <TextLink href={`/connections/${connection.id}`}>See all of them</TextLink>
        </p>
      )}
    </PageHead>
  )
}

function ItemCard({ connection, item }: { connection: Connection; item: ConnectionItem }) {
  const { removeAccess } = useConnectionActs()
  return (
    <Card
      title={
        <span className="flex gap-2">
          <ItemIcon kind={item.kind} />
          <span className="wrap-anywhere">{item.kind === 'key' ? item.label : 'Access you gave as an app'}</span>
        </span>
      }
      action={
        <Button size="sm" className="text-danger-ink!" onClick={() => removeAccess(connection, item)}>
          Remove access<span className="sr-only"> of {item.label}</span>
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts>
          {item.hint && (
            <Fact name="Key">
              <code className="font-mono text-sm">{item.hint}</code>
            </Fact>
          )}
          {item.project && <Fact name="Project">{item.project.name}</Fact>}
          {item.responsible && <Fact name="Responsible">{item.responsible}</Fact>}
          <Fact name="Since">
            <DateText value={item.since} />
          </Fact>
          {item.kind === 'key' && (
            <Fact name="Expires">{item.expiresAt ? <DateText value={item.expiresAt} /> : 'Never'}</Fact>
          )}
          <Fact name="Use">
            <ItemUse item={item} />
          </Fact>
          {item.kind === 'key' && (
            <Fact name="May">
              {item.scopes.length === 0 && 'Say who it is, no more'}
              {item.scopes.map((scope) => (
                <span key={scope} className="block">
                  <ScopeLabel scope={scope} />
                </span>
              ))}
            </Fact>
          )}
        </Facts>
        {item.kind === 'grant' && (
          // Begins anew when the grant has changed.
          <NarrowForm key={item.scopes.join(' ')} name={connection.name} grant={item} />
        )}
        {item.kind === 'key' && item.project && (
          <TextLink href={`/projects/${item.project.slug}/keys/${item.id}`}>
            {connection.kind === 'key' ? 'Open the key, and say who holds it' : 'Open the key'}
          </TextLink>
        )}
      </div>
    </Card>
  )
}

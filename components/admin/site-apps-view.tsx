'use client'

import { BadgeCheck, BadgeX, Ban, CircleCheck, History, House } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useState, useTransition } from 'react'
import { AppStatus } from '@/components/apps/app-status'
import { PageHead } from '@/components/shell/page-head'
import type { Action } from '@/components/ui/ask'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { EmptyState } from '@/components/ui/empty-state'
import { asTyped, ListFilters } from '@/components/ui/list-filters'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { Pagination } from '@/components/ui/pagination'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { TagMark } from '@/components/ui/tag'
import { RelativeTime } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { countText } from '@/components/ui/words'
import { appShows, appsHref, appsQuery } from './apps-query'
import { auditHref } from './audit-query'
import type { SiteAppRow } from './site-app-row'

type Done = { done: true }

export interface SiteAppActions {
  markAction: Action<{ clientId: string; verified?: boolean; firstParty?: boolean }, Done>
  disableAction: Action<{ clientId: string }, Done>
  enableAction: Action<{ clientId: string }, Done>
}

const words = {
  all: 'All',
  unverified: 'Not verified',
  verified: 'Verified',
  first_party: 'First-party',
  disabled: 'Disabled',
} as const
const shows = appShows.map((value) => ({ value, label: words[value] }))

/** What an admin is asked before it is done: what gives trust, and what ends something. */
type Asked = 'verify' | 'first-party' | 'disable'

/** The apps of all projects. Its state is its URL; rows come from the server, a page at a time. */
export function SiteAppsView({
  rows,
  nextCursor,
  previousCursor,
  ...actions
}: SiteAppActions & { rows: SiteAppRow[]; nextCursor: string | null; previousCursor: string | null }) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(appsQuery, { shallow: false, startTransition })
  const [asked, setAsked] = useState<{ kind: Asked; row: SiteAppRow } | null>(null)
  const [open, setOpen] = useState(false)
  const { send, pending: acting, setError, problem } = useAsk()
  const href = (cursor: string | null) => cursor && appsHref('/admin/apps', { ...query, cursor })

  const run = (work: () => ReturnType<Action<never, Done>>, done: string) =>
    send(
      work,
      () => {
        setOpen(false)
        toast.success(done)
      },
      ({ message }) => open || toast.error(message),
    )
  function askFirst(kind: Asked, row: SiteAppRow) {
    setAsked({ kind, row })
    setError(null)
    setOpen(true)
  }
  function confirm({ kind, row: { id: clientId, name } }: { kind: Asked; row: SiteAppRow }) {
    if (kind === 'verify') run(() => actions.markAction({ clientId, verified: true }), `${name} was verified.`)
    if (kind === 'first-party') {
      run(() => actions.markAction({ clientId, firstParty: true }), `${name} was marked as first-party.`)
    }
    if (kind === 'disable') run(() => actions.disableAction({ clientId }), `${name} was disabled.`)
  }
  return (
    <>
      <PageHead title="Apps" inTopBar />
      <ListFilters
        search={{
          label: 'Search apps',
          value: query.q,
          onSearch: (q) => setQuery({ q, cursor: null }, asTyped(q)),
        }}
        filter={{
          label: 'Show',
          value: query.show,
          options: shows,
          onChange: (show) => setQuery({ show, cursor: null }, { history: 'push' }),
        }}
      />
      {rows.length === 0 ? (
        <Nothing
          q={query.q}
          filtered={query.q !== '' || query.show !== 'all'}
          onClear={() => setQuery({ q: null, show: null, cursor: null }, { history: 'push' })}
        />
      ) : (
        <>
          <Table label="Apps of all projects">
            <Thead>
              <Th>App</Th>
              <Th>Project</Th>
              <Th>Trust</Th>
              <Th align="right">People</Th>
              <Th>Status</Th>
              <Th minor>Created</Th>
              <Th hideLabel>Actions</Th>
            </Thead>
            <Tbody busy={pending}>
              {rows.map((row) => (
                <Tr key={row.id} muted={row.status === 'disabled'}>
                  <Td className="max-w-80 @max-[40rem]:max-w-none">
                    <div className="flex min-w-0 items-center gap-2.5 @max-[40rem]:pr-10">
                      <TagMark name={row.name} logo={row.logoUrl} />
                      <div className="min-w-0">
                        <div className="wrap-anywhere line-clamp-2 font-semibold">{row.name}</div>
                        <div className="truncate font-mono text-quiet text-sm">{row.id}</div>
                        {row.homepage && <div className="truncate text-quiet text-sm">{row.homepage}</div>}
                      </div>
                    </div>
                  </Td>
                  <Td label="Project" className="max-w-48">
                    <span className="wrap-anywhere line-clamp-2" title={row.project.slug}>
                      {row.project.name}
                    </span>
                  </Td>
                  <Td label="Trust">
                    <span className="inline-flex flex-wrap gap-1">
                      {row.verified ? (
                        <Badge tone="good">Verified</Badge>
                      ) : (
                        <span className="text-quiet">Not verified</span>
                      )}
                      {row.firstParty && <Badge tone="accent">First-party</Badge>}
                    </span>
                  </Td>
                  <Td label="People" align="right">
                    {row.people === 0 ? <span className="text-quiet">None</span> : row.people.toLocaleString('en-US')}
                  </Td>
                  <Td label="Status">
                    <AppStatus row={row} />
                  </Td>
                  <Td label="Created" minor>
                    <RelativeTime value={row.createdAt} />
                  </Td>
                  <MenuTd>
                    <AppMenu
                      row={row}
                      onAsk={askFirst}
                      onUnverify={() =>
                        run(
                          () => actions.markAction({ clientId: row.id, verified: false }),
                          `${row.name} is no longer verified.`,
                        )
                      }
                      onUnmark={() =>
                        run(
                          () => actions.markAction({ clientId: row.id, firstParty: false }),
                          `${row.name} is no longer first-party.`,
                        )
                      }
                      onEnable={() => run(() => actions.enableAction({ clientId: row.id }), `${row.name} was enabled.`)}
                    />
                  </MenuTd>
                </Tr>
              ))}
            </Tbody>
          </Table>
          <Pagination
            count={rows.length}
            noun="app"
            previousHref={href(previousCursor)}
            nextHref={href(nextCursor)}
            onPage={(to) => startTransition(() => router.push(to))}
          />
        </>
      )}
      {asked && (
        <Dialog
          open={open}
          onClose={() => setOpen(false)}
          pending={acting}
          title={asks[asked.kind].title}
          description={
            <span className="flex min-w-0 items-center gap-2">
              <TagMark name={asked.row.name} logo={asked.row.logoUrl} size="sm" />
              <strong className="wrap-anywhere font-semibold text-ink">{asked.row.name}</strong>
              <span className="truncate">of {asked.row.project.name}</span>
            </span>
          }
        >
          {/* No form: Enter, still held down from the menu, must not confirm. */}
          <DialogBody>
            {problem}
            <p>
              {asked.row.people === 0
                ? 'It is connected to nobody.'
                : `It is connected to ${countText(asked.row.people, 'person', 'people')}.`}{' '}
              {asked.row.homepage && `It says that its homepage is ${asked.row.homepage}.`}
            </p>
          </DialogBody>
          <DialogFooter note={asks[asked.kind].note}>
            <DialogClose />
            <Button
              variant={asked.kind === 'disable' ? 'danger' : 'primary'}
              pending={acting}
              onClick={() => confirm(asked)}
            >
              {asks[asked.kind].title}
            </Button>
          </DialogFooter>
        </Dialog>
      )}
    </>
  )
}

const asks: Record<Asked, { title: string; note: string }> = {
  verify: {
    title: 'Verify app',
    note: 'People will read at consent that this site has checked who publishes the app.',
  },
  'first-party': {
    title: 'Mark as first-party',
    note: 'The app counts as this site’s own, and may be given the password grant.',
  },
  disable: {
    title: 'Disable app',
    note: 'It gets no more tokens, and those it has are refused at once. Its project cannot enable it again; an admin can.',
  },
}

function AppMenu({
  row,
  onAsk,
  onUnverify,
  onUnmark,
  onEnable,
}: {
  row: SiteAppRow
  onAsk: (kind: Asked, row: SiteAppRow) => void
  onUnverify: () => void
  onUnmark: () => void
  onEnable: () => void
}) {
  const icon = 'size-4 text-quiet'
  return (
    <RowMenu label={`Actions for ${row.name}`}>
      <MenuLink
        href={auditHref('/admin/audit', { target: row.id })}
        icon={<History aria-hidden="true" className={icon} />}
      >
        View history
      </MenuLink>
      {row.verified ? (
        <MenuItem icon={<BadgeX aria-hidden="true" className={icon} />} onClick={onUnverify}>
          Remove verification
        </MenuItem>
      ) : (
        <MenuItem icon={<BadgeCheck aria-hidden="true" className={icon} />} onClick={() => onAsk('verify', row)}>
          Verify
        </MenuItem>
      )}
      {row.firstParty ? (
        <MenuItem icon={<House aria-hidden="true" className={icon} />} onClick={onUnmark}>
          Remove first-party mark
        </MenuItem>
      ) : (
        <MenuItem icon={<House aria-hidden="true" className={icon} />} onClick={() => onAsk('first-party', row)}>
          Mark as first-party
        </MenuItem>
      )}
      <MenuSeparator />
      {row.status === 'disabled' && (
        <MenuItem icon={<CircleCheck aria-hidden="true" className={icon} />} onClick={onEnable}>
          Enable
        </MenuItem>
      )}
      {!row.disabledByAdmin && (
        <MenuItem
          destructive
          icon={<Ban aria-hidden="true" className="size-4" />}
          onClick={() => onAsk('disable', row)}
        >
          Disable
        </MenuItem>
      )}
    </RowMenu>
  )
}

function Nothing({ q, filtered, onClear }: { q: string; filtered: boolean; onClear: () => void }) {
  if (!filtered) {
    return (
      <EmptyState title="No app is registered yet">
        People register apps in their projects, under OAuth apps. Here you verify them and stop those that do harm.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      kind="filtered"
      title={q ? `No app matches “${q}”` : 'No app is like that'}
      action={<Button onClick={onClear}>Clear filters</Button>}
    >
      The search looks at names and client ids.
    </EmptyState>
  )
}

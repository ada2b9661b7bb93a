'use client'

import { Ban, Check, Pencil, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Badge } from '@/components/ui/badge'
import { Button, ButtonLink } from '@/components/ui/button'
import { TagMark } from '@/components/ui/tag'
import { AppActs, type AppActsProps, useAppActs } from './app-acts'
import type { AppRow } from './app-row'
import { AppStatus } from './app-status'

/** The page of one app: what it is at the top, what can be done with it, and `children` with all that is known. */
export function AppPage({ row, children, ...acts }: AppActsProps & { row: AppRow; children: ReactNode }) {
  return (
    <AppActs {...acts} latest={() => row}>
      <PageHead
        title={row.name}
        mark={<TagMark name={row.name} logo={row.logoUrl} />}
        back={{ href: `/projects/${acts.slug}/apps`, label: 'OAuth apps' }}
        action={acts.canWrite && <AppButtons row={row} />}
      >
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <AppStatus row={row} />
          <Badge tone={row.verified ? 'good' : 'quiet'}>{row.verified ? 'Verified' : 'Not verified'}</Badge>
          {row.firstParty && <Badge tone="accent">This site’s own</Badge>}
        </span>
      </PageHead>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">{children}</div>
    </AppActs>
  )
}

function AppButtons({ row }: { row: AppRow }) {
  const { slug, open, enable, pending } = useAppActs()
  return (
    <>
      <ButtonLink
        href={`/projects/${slug}/apps/${row.id}/edit`}
        icon={<Pencil aria-hidden="true" className="size-4" />}
      >
        Edit
      </ButtonLink>
      {!row.isPublic && (
        <Button icon={<RefreshCw aria-hidden="true" className="size-4" />} onClick={() => open('rotate', row)}>
          Rotate secret
        </Button>
      )}
      {row.status === 'active' ? (
        <Button
          className="text-danger-ink!"
          icon={<Ban aria-hidden="true" className="size-4" />}
          onClick={() => open('disable', row)}
        >
          Disable
        </Button>
      ) : (
        !row.disabledByAdmin && (
          <Button pending={pending} icon={<Check aria-hidden="true" className="size-4" />} onClick={() => enable(row)}>
            Enable
          </Button>
        )
      )}
    </>
  )
}

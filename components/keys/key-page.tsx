'use client'

import { Ban, Pencil, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { Tag } from '@/components/ui/tag'
import { KeyActs, type KeyActsProps, useKeyActs } from './key-acts'
import { KeyNotes } from './key-notes'
import type { KeyRow } from './key-row'
import { isLive, KeyStatus } from './key-status'

/** The page of one key: what it is at the top, what can be done with it, and `children` with all that is known. */
export function KeyPage({ row, children, ...acts }: KeyActsProps & { row: KeyRow; children: ReactNode }) {
  return (
    <KeyActs {...acts} latest={() => row}>
      <PageHead
        title={row.label}
        back={{ href: `/projects/${acts.project.slug}/keys`, label: 'API keys' }}
        action={acts.canWrite && row.status !== 'revoked' && <KeyButtons row={row} />}
      >
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Tag name={row.thirdParty?.name} />
          <KeyStatus row={row} />
        </span>
        <KeyNotes row={row} className="mt-2" />
      </PageHead>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">{children}</div>
    </KeyActs>
  )
}

function KeyButtons({ row }: { row: KeyRow }) {
  const { open } = useKeyActs()
  return (
    <>
      <Button icon={<Pencil aria-hidden="true" className="size-4" />} onClick={() => open({ kind: 'edit', key: row })}>
        Edit
      </Button>
      {isLive(row) && (
        <Button
          icon={<RefreshCw aria-hidden="true" className="size-4" />}
          onClick={() => open({ kind: 'regenerate', key: row })}
        >
          Regenerate
        </Button>
      )}
      <Button
        className="text-danger-ink!"
        icon={<Ban aria-hidden="true" className="size-4" />}
        onClick={() => open({ kind: 'revoke', key: row })}
      >
        Revoke
      </Button>
    </>
  )
}

'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/empty-state'
import { Notice } from '@/components/ui/notice'
import { AppActs, type AppActsProps } from './app-acts'
import type { AppRow } from './app-row'
import { AppsDrawing } from './apps-drawing'
import { AppsTable } from './apps-table'

/** The page of a project's apps. */
export function AppsView({ rows, ...acts }: AppActsProps & { rows: AppRow[] }) {
  const router = useRouter()
  const { slug, appUrl, canWrite } = acts
  const register = canWrite && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden="true" className="size-4" />}
      onClick={() => router.push(`/projects/${slug}/apps/new`)}
    >
      Register app
    </Button>
  )
  const empty = rows.length === 0
  return (
    <AppActs {...acts} latest={(id) => rows.find((row) => row.id === id)}>
      <PageHead title="OAuth apps" inTopBar action={!empty && register}>
        {empty && 'Let people connect a product to your API themselves, without a key to copy.'}
      </PageHead>
      {!canWrite && (
        <div className="mb-4">
          <Notice>You can see the apps of this project, but not register or change them. Ask an owner.</Notice>
        </div>
      )}
      {empty ? (
        <EmptyState
          drawing={<AppsDrawing />}
          title="An app asks, people decide"
          action={
            <>
              {register}
              <div className="w-full max-w-140">
                <CodeBlock
                  label="Where clients find everything"
                  code={`curl ${appUrl}/.well-known/openid-configuration`}
                />
              </div>
            </>
          }
        >
          Each person sees who asks and what for, and can take it back at any time. The app gets tokens that end by
          themselves. It can also sign people in.
        </EmptyState>
      ) : (
        <AppsTable rows={rows} />
      )}
    </AppActs>
  )
}

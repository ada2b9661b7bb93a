'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Section } from '@/components/ui/card'
import { Notice } from '@/components/ui/notice'
import { toast } from '@/components/ui/toast'
import { onceSure } from '@/components/users/confirm-identity'
import type { AppFields, RemoveLogoAction, UpdateAction } from './app-actions'
import { type AppDraft, AppForm } from './app-form'
import { kindWords } from './app-words'
import { LogoField } from './logo-field'

/** Changes what an app says of itself. Only what was changed here is sent, so that two people do not undo each other. */
export function EditApp({
  slug,
  app,
  grantable,
  updateAction,
  removeLogoAction,
}: {
  slug: string
  app: AppDraft & { id: string; logoUrl: string | null; verified: boolean }
  grantable: readonly string[]
  updateAction: UpdateAction
  removeLogoAction: RemoveLogoAction
}) {
  const router = useRouter()
  const [before] = useState(app)
  const page = `/projects/${slug}/apps/${app.id}`
  return (
    <>
      <PageHead title="Edit app" back={{ href: page, label: app.name }}>
        {app.verified && (
          <Notice tone="warn">
            An admin has verified this app. If you change what people see (name, description, homepage, logo), add
            permissions or change redirect URIs, it is no longer verified.
          </Notice>
        )}
      </PageHead>
      <AppForm
        draft={before}
        grantable={grantable}
        submitLabel="Save changes"
        cancelHref={page}
        save={(fields) => onceSure(() => updateAction({ clientId: before.id, ...changed(before, fields) }))}
        onSaved={({ app }) => {
          toast.success(`${app.name} was changed.`)
          router.push(page)
        }}
        kindSection={
          <>
            <Section title="Logo" description="A PNG picture of at most 64 KiB and 1024 × 1024 pixels, best square.">
              <LogoField app={app} removeLogoAction={removeLogoAction} />
            </Section>
            <Section title="Kind" description="It stays. To change it, register another app.">
              <p>
                {kindWords[before.kind]}
                {before.isPublic && ', public: it has no secret'}
              </p>
            </Section>
          </>
        }
      />
    </>
  )
}

function changed(before: AppFields, after: AppFields): Partial<AppFields> {
  const fields = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof AppFields]),
  )
  return Object.fromEntries(fields)
}

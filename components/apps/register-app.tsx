'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useState } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Section } from '@/components/ui/card'
import { Checkbox } from '@/components/ui/checkbox'
import { Choice } from '@/components/ui/choice'
import { toast } from '@/components/ui/toast'
import { onceSure } from '@/components/users/confirm-identity'
import { type AppKind, lifetimes, usualGrantTypes, usualScopes } from '@/lib/apps/input'
import type { RegisterAction } from './app-actions'
import { type AppDraft, AppForm } from './app-form'
import type { AppRow } from './app-row'
import { RevealSecretDialog } from './reveal-secret-dialog'

const kinds = [
  { value: 'web', label: 'Web app', description: 'Runs on a server, or as a page in a browser.' },
  { value: 'native', label: 'Native app', description: 'Runs on a phone or a computer of its user.' },
  { value: 'machine', label: 'Machine', description: 'Acts for itself. There are no people to ask.' },
] as const

/** The page that registers an app; its secret is shown once, then its own page opens. */
export function RegisterApp({
  slug,
  appUrl,
  grantable,
  registerAction,
}: {
  slug: string
  appUrl: string
  grantable: readonly string[]
  registerAction: RegisterAction
}) {
  const router = useRouter()
  const [kind, setKind] = useState<AppKind>('web')
  const [isPublic, setPublic] = useState(false)
  const [revealed, setRevealed] = useState<{ row: AppRow; secret: string } | null>(null)
  const wipe = useCallback(() => setRevealed((shown) => shown && { ...shown, secret: '' }), [])
  const apps = `/projects/${slug}/apps`

  function registered(row: AppRow) {
    toast.success(`${row.name} was registered.`)
    router.push(`${apps}/${row.id}`)
  }
  return (
    <>
      <PageHead title="Register app" back={{ href: apps, label: 'OAuth apps' }}>
        A product that asks people for access to your API, or that acts for itself.
      </PageHead>
      <AppForm
        draft={draftOf(kind, kind !== 'machine' && isPublic)}
        grantable={grantable}
        submitLabel="Register app"
        cancelHref={apps}
        save={(fields) =>
          onceSure(() => registerAction({ ...fields, slug, kind, isPublic: kind !== 'machine' && isPublic }))
        }
        onSaved={({ app, secret }) => (secret ? setRevealed({ row: app, secret }) : registered(app))}
        kindSection={
          <Section title="Kind" description="It stays. To change it, register another app.">
            <div className="flex flex-col gap-4">
              <Choice
                name="kind"
                label="Where it runs"
                layout="list"
                options={kinds}
                value={kind}
                onValueChange={(value) => {
                  setKind(value as AppKind)
                  // What users have on their devices, they can read.
                  setPublic(value === 'native')
                }}
              />
              {kind !== 'machine' && (
                <Checkbox
                  label="It cannot keep a secret"
                  description="Its code runs where its users can look into it. It then gets no client secret."
                  checked={isPublic}
                  onChange={(event) => setPublic(event.target.checked)}
                />
              )}
            </div>
          </Section>
        }
      />
      {revealed && (
        <RevealSecretDialog {...revealed} appUrl={appUrl} onWipe={wipe} onClosed={() => registered(revealed.row)} />
      )}
    </>
  )
}

const draftOf = (kind: AppKind, isPublic: boolean): AppDraft => ({
  kind,
  isPublic,
  firstParty: false,
  name: '',
  homepage: null,
  description: null,
  redirectUris: [],
  grantTypes: usualGrantTypes(kind),
  scopes: usualScopes(kind),
  accessTtl: lifetimes.accessTtl.usual,
  refreshTtl: lifetimes.refreshTtl.usual,
  machineTtl: lifetimes.machineTtl.usual,
})

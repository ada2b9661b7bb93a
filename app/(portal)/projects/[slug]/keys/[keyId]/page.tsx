import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { KeyDetails } from '@/components/keys/key-details'
import { KeyFamily } from '@/components/keys/key-family'
import { KeyHistory } from '@/components/keys/key-history'
import { KeyPage } from '@/components/keys/key-page'
import { toKeyRow } from '@/components/keys/key-row'
import { KeyUsage } from '@/components/usage/key-usage'
import { listTargetEvents } from '@/lib/audit/list'
import { env } from '@/lib/env'
import { readFamily } from '@/lib/keys/children'
import { getProjectKey } from '@/lib/keys/get'
import { grantableScopes } from '@/lib/keys/grantable'
import { listSecrets } from '@/lib/keys/secrets'
import { keyPolicyOf } from '@/lib/policy/input'
import { readPolicy } from '@/lib/policy/read'
import { roleAllows } from '@/lib/projects/roles'
import { readUsage } from '@/lib/usage/read'
import { nullIfMissing, openProject } from '../../open-project'
import { keyActions } from '../key-actions'

interface Props {
  params: Promise<{ slug: string; keyId: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { slug, keyId } = await params
  const { key } = await openKey(slug, keyId)
  return { title: key?.label ?? 'Not found' }
}

export default async function OneKeyPage({ params }: Props) {
  const { slug, keyId } = await params
  const { user, project, key } = await openKey(slug, keyId)
  if (!key) notFound()
  const [secrets, family, events, usage] = await Promise.all([
    listSecrets(user, keyId),
    readFamily(user, keyId),
    listTargetEvents(user, { kind: 'key', id: keyId }),
    readUsage(user, keyId, 30),
  ])
  const role = project.role ?? 'viewer'
  const policy = await readPolicy()
  return (
    <KeyPage
      project={{ slug, name: project.name }}
      appUrl={env().APP_URL}
      grantable={grantableScopes(user, role, policy)}
      policy={keyPolicyOf(policy)}
      canWrite={roleAllows(role, 'keys:write')}
      row={toKeyRow(key)}
      {...keyActions}
    >
      <KeyDetails apiKey={key} secrets={secrets}>
        <KeyFamily apiKey={key} family={family} slug={slug} />
      </KeyDetails>
      <KeyUsage usage={usage} />
      <KeyHistory events={events} />
    </KeyPage>
  )
}

/** Read once, for the page and its title. */
const openKey = cache(async (slug: string, keyId: string) => {
  const { user, project } = await openProject(slug, `/projects/${slug}/keys/${keyId}`)
  return { user, project, key: await getProjectKey(user, project.id, keyId).catch(nullIfMissing) }
})

import { notFound } from 'next/navigation'
import { toKeyRow } from '@/components/keys/key-row'
import { type KeysQuery, keysHref, loadKeysQuery } from '@/components/keys/keys-query'
import { KeysView } from '@/components/keys/keys-view'
import type { UserActor } from '@/lib/actor'
import { env } from '@/lib/env'
import { isFailure } from '@/lib/errors'
import { grantableScopes } from '@/lib/keys/grantable'
import { hasKeys, listKeys } from '@/lib/keys/list'
import { keyPolicyOf } from '@/lib/policy/input'
import { readPolicy } from '@/lib/policy/read'
import { roleAllows } from '@/lib/projects/roles'
import { getThirdParty } from '@/lib/third-parties/list'
import { openProject, projectTitle } from '../open-project'
import { keyActions } from './key-actions'

export const generateMetadata = projectTitle('API keys')

interface Props {
  params: Promise<{ slug: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function KeysPage({ params, searchParams }: Props) {
  const { slug } = await params
  const query = await loadKeysQuery(searchParams)
  const { user, project } = await openProject(slug, keysHref(`/projects/${slug}/keys`, query))
  const [page, thirdParty] = await Promise.all([
    listPage(user, project.id, query),
    heldBy(user, query.thirdParty).catch(orNotFound),
  ])
  const role = project.role ?? 'viewer'
  const policy = await readPolicy()
  return (
    <KeysView
      project={{ slug, name: project.name }}
      appUrl={env().APP_URL}
      grantable={grantableScopes(user, role, policy)}
      policy={keyPolicyOf(policy)}
      role={role}
      canWrite={roleAllows(role, 'keys:write')}
      rows={page.data.map(toKeyRow)}
      any={page.data.length > 0 || (await hasKeys(user, project.id))}
      thirdParty={thirdParty}
      nextCursor={page.nextCursor}
      previousCursor={page.previousCursor}
      {...keyActions}
    />
  )
}

/** A cursor of another sort, or one that was cut in a mail, begins again at the first page. */
async function listPage(user: UserActor, projectId: string, query: KeysQuery) {
  const input = {
    projectId,
    q: query.q,
    sort: query.sort,
    status: query.status === 'all' ? undefined : query.status,
    thirdParty: query.thirdParty ?? undefined,
    limit: 50,
  }
  try {
    return await listKeys(user, { ...input, cursor: query.cursor ?? undefined })
  } catch (error) {
    if (isFailure(error) && error.code === 'validation_failed') return listKeys(user, input)
    throw error
  }
}

/** The third party that the list is kept to; `none` are the keys without one. */
async function heldBy(user: UserActor, id: string | null) {
  if (id === null || id === 'none') return null
  const { name } = await getThirdParty(user, id)
  return { id, name }
}

function orNotFound(error: unknown): never {
  if (isFailure(error) && error.code === 'not_found') notFound()
  throw error
}

import type { Metadata } from 'next'
import { Markdown } from '@/components/docs/markdown'
import { Members } from '@/components/docs/members'
import { Operation, type Reader } from '@/components/docs/operation'
import { Refusals } from '@/components/docs/refusals'
import { TypeName } from '@/components/docs/type-name'
import { TextLink } from '@/components/ui/text-link'
import type { UserActor } from '@/lib/actor'
import { openApi } from '@/lib/api/openapi'
import { referenceOf } from '@/lib/api/reference'
import { currentUser } from '@/lib/auth'
import { listKeys } from '@/lib/keys/list'
import { lastProject } from '@/lib/projects/remember'

export const metadata: Metadata = { title: 'API reference' }

/** The reference, drawn from the OpenAPI document. Open to all; for who is signed in it speaks of their own keys. */
export default async function ReferencePage() {
  const user = await currentUser()
  const reader = user ? await readerOf(user) : undefined
  const { introduction, common, groups, objects } = referenceOf(openApi().document)
  return (
    <>
      <h1 className="mb-4 font-semibold text-2xl tracking-tight max-md:text-xl">API reference</h1>
      <Markdown text={introduction} />
      <p className="mt-3 text-pretty">
        The examples read the key from <code className="font-mono text-sm">LATCHKEY_API_KEY</code>. All of this is also
        in{' '}
        <TextLink href="/api/v1/openapi.json" prefetch={false}>
          openapi.json
        </TextLink>
        , for tools.
      </p>
      <section aria-labelledby="errors" className="mt-8 flex flex-col gap-2">
        <h2 id="errors" className="scroll-mt-20 font-semibold text-lg">
          Errors of every call
        </h2>
        <p>With a credential, every operation can be refused by these, whatever else it says below.</p>
        <Refusals refusals={common} />
      </section>
      {groups.map(({ name, description, operations }) => (
        <section key={name} aria-labelledby={`group-${name}`} className="mt-10">
          <h2 id={`group-${name}`} className="font-semibold text-xl">
            {name}
          </h2>
          <div className="mt-1 mb-6 text-quiet">
            <Markdown text={description} />
          </div>
          {operations.map((operation) => (
            <Operation key={operation.id} operation={operation} reader={reader} />
          ))}
        </section>
      ))}
      <section aria-labelledby="objects" className="mt-10">
        <h2 id="objects" className="font-semibold text-xl">
          Objects
        </h2>
        {objects.map(({ name, like, members }) => (
          <section key={name} aria-labelledby={`object-${name}`} className="mt-6">
            <h3 id={`object-${name}`} className="mb-2 scroll-mt-20 font-semibold text-lg">
              {name}
            </h3>
            {like && (
              <p className="mb-2">
                Everything of <TypeName type={like} />, and
              </p>
            )}
            <Members members={members} />
          </section>
        ))}
      </section>
    </>
  )
}

/** The keys of the project that they opened last, the latest used first. */
async function readerOf(user: UserActor): Promise<Reader | undefined> {
  const project = await lastProject(user)
  if (!project) return undefined
  const { data: keys } = await listKeys(user, {
    projectId: project.id,
    status: 'active',
    sort: '-lastUsedAt',
    limit: 100,
  })
  return {
    keysPath: `/projects/${project.slug}/keys`,
    keyId: keys[0]?.id,
    thirdPartyId: keys.find(({ thirdParty }) => thirdParty)?.thirdParty?.id,
    keyWith: (scope) => {
      const key = keys.find(({ scopes }) => scope === undefined || scopes.includes(scope))
      return key && { label: key.label, hint: key.hint }
    },
  }
}

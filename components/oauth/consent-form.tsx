import { BadgeCheck, CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ScopeList } from '@/components/oauth/scope-list'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { TagMark } from '@/components/ui/tag'
import type { Request } from '@/lib/oauth/interaction'

type Props = {
  request: Request
  /** The project that the person had chosen before they were asked who they are. */
  project?: string | string[]
  /** Where the decision is posted to: a path, or a server action for devices. */
  action: string | ((form: FormData) => Promise<void>)
  user: { id: string; name: string; email: string }
  otherAccount?: ReactNode
  problem?: ReactNode
  /** Further fields of the form. */
  children?: ReactNode
}

/** Who asks for what, and "Allow" or "Deny". A plain form, good without scripts. */
export function ConsentForm({ request, project, action, user, otherAccount, problem, children }: Props) {
  const { client, redirectHost, scopes, projects, held, newRedirectUri } = request
  // Where the person has yet to choose a project, what is new depends on that choice.
  const chooses = projects !== null && projects.length > 1
  const known = chooses ? [] : (held[0]?.scopes ?? [])
  const newScopes = scopes.filter((scope) => !known.includes(scope))
  const again = known.length > 0
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-120 flex-col justify-center px-4 py-12 sm:px-0">
      <div className="rounded-surface border bg-surface">
        <header className="flex flex-col items-center border-b px-6 pt-7 pb-5 text-center max-sm:px-4">
          <TagMark name={client.name} logo={client.logo} size="lg" />
          <h1 className="mt-3 text-balance font-semibold text-xl">
            {client.name} {again && newScopes.length > 0 ? 'asks for more access' : 'asks for access'}
          </h1>
          <p className="mt-1 flex flex-wrap items-center justify-center gap-x-2 text-quiet">
            {client.verified ? (
              <span className="inline-flex items-center gap-1 text-good-ink">
                <BadgeCheck aria-hidden="true" className="size-4" />
                Verified
              </span>
            ) : (
              <span className="inline-flex items-center gap-1 text-warn-ink">
                <CircleAlert aria-hidden="true" className="size-4" />
                Not verified
              </span>
            )}
            <span>by {request.publisher}</span>
            {client.homepage && <span className="break-all">{client.homepage}</span>}
          </p>
          {client.description && <p className="mt-2 text-pretty">{client.description}</p>}
        </header>
        <form
          action={action}
          method={typeof action === 'string' ? 'post' : undefined}
          className="px-6 py-5 max-sm:px-4"
        >
          <input type="hidden" name="user" value={user.id} />
          <input type="hidden" name="client" value={client.name} />
          {children}
          {problem && <div className="mb-4">{problem}</div>}
          {newScopes.length > 0 && (
            <ScopeList
              title={again ? 'New: it will also be able to' : 'It will be able to'}
              scopes={newScopes}
              strong
            />
          )}
          {again && <ScopeList title="You have allowed it before to" scopes={known} />}
          {projects && (
            <ProjectChoice
              projects={projects}
              chosen={projects.find(({ id }) => id === project)?.id ?? request.projectId}
            />
          )}
          {chooses &&
            held.map((each) => (
              <ScopeList
                key={each.projectId}
                title={`In ${projects.find(({ id }) => id === each.projectId)?.name} you have allowed it before to`}
                scopes={each.scopes}
              />
            ))}
          {newRedirectUri && (
            <div className="mt-4">
              <Notice tone="warn" title="New address">
                You have not allowed {client.name} to send you to <span className="break-all">{newRedirectUri}</span>{' '}
                before. Continue only if you trust this address.
              </Notice>
            </div>
          )}
          <p className="mt-5 text-quiet">
            {redirectHost ? (
              <>
                You will be sent to <strong className="break-all font-semibold text-ink">{redirectHost}</strong>.{' '}
              </>
            ) : null}
            You can take this back at any time under Connections.
            {!client.verified && ` Nobody at this site has checked who is behind ${client.name}.`}
          </p>
          <div className="mt-5 grid grid-cols-2 gap-3">
            <Button type="submit" name="decision" value="deny">
              Deny
            </Button>
            <Button type="submit" name="decision" value="allow" variant="primary">
              Allow
            </Button>
          </div>
        </form>
      </div>
      <div className="mt-4 flex flex-wrap items-center justify-center gap-x-2 text-quiet">
        <span className="break-all">
          Signed in as {user.name} ({user.email})
        </span>
        {otherAccount}
      </div>
    </main>
  )
}

function ProjectChoice({ projects, chosen }: { projects: NonNullable<Request['projects']>; chosen: string | null }) {
  const [only] = projects
  if (projects.length === 1 && only) {
    return (
      <p className="mt-4">
        <input type="hidden" name="project" value={only.id} />
        For the project <strong className="font-semibold">{only.name}</strong>.
      </p>
    )
  }
  return (
    <label className="mt-4 block">
      <span className="mb-1.5 block font-semibold">For which project</span>
      <select
        name="project"
        required
        defaultValue={chosen ?? ''}
        className="min-h-9 w-full rounded-control border border-control bg-surface px-3 max-sm:min-h-10"
      >
        <option value="" disabled>
          Choose a project
        </option>
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

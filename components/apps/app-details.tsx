import { ScopeLabel } from '@/components/keys/scope-fields'
import { Card, Fact, Facts } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { TextLink } from '@/components/ui/text-link'
import { DateText } from '@/components/ui/time'
import type { App } from '@/lib/apps/app'
import { type AppScope, appScopeSentences, isScope } from '@/lib/scopes'
import { durationWords, kindWords } from './app-words'
import { GrantTypeLabel } from './grant-type-fields'
import { type TakeOverAction, TakeOverApp } from './take-over-app'

/** What an app is, and what it may ask for. */
export function AppDetails({
  app,
  canWrite,
  takeOverAction,
}: {
  app: App
  canWrite: boolean
  takeOverAction: TakeOverAction
}) {
  const machine = app.kind === 'machine'
  return (
    <Card title="Details">
      <Facts>
        <Fact name="Client id">
          <span className="inline-flex max-w-full flex-wrap items-center gap-1">
            <code className="wrap-anywhere font-mono text-sm">{app.id}</code>
            <CopyButton value={app.id} label="Copy the client id" size="sm" iconOnly />
          </span>
        </Fact>
        <Fact name="Kind">
          {kindWords[app.kind]}
          {app.isPublic && ', public: it has no secret'}
        </Fact>
        {app.description && (
          <Fact name="Description">
            <span className="whitespace-pre-line">{app.description}</span>
          </Fact>
        )}
        {app.homepage && (
          <Fact name="Homepage">
            <TextLink href={app.homepage} target="_blank" rel="noreferrer noopener" prefetch={false}>
              {app.homepage.replace(/\/$/, '')}
            </TextLink>
          </Fact>
        )}
        {app.redirectUris.length > 0 && (
          <Fact name="Redirect URIs">
            {app.redirectUris.map((uri) => (
              <code key={uri} className="wrap-anywhere block font-mono text-sm">
                {uri}
              </code>
            ))}
          </Fact>
        )}
        <Fact name={machine ? 'May' : 'May ask to'}>
          {app.scopes.length === 0 && 'Nothing yet'}
          {app.scopes.map((scope) => (
            <span key={scope} className="block">
              <AppScopeLabel scope={scope} />
            </span>
          ))}
        </Fact>
        <Fact name="Gets tokens">
          {app.grantTypes.length === 0 && 'In no way'}
          {app.grantTypes.map((each) => (
            <span key={each} className="block">
              <GrantTypeLabel grantType={each} />
            </span>
          ))}
        </Fact>
        <Fact name="Tokens work for">
          {!machine && (
            <span className="block">
              {durationWords(app.accessTtl)}, refresh tokens {durationWords(app.refreshTtl)}
            </span>
          )}
          {app.grantTypes.includes('client_credentials') && (
            <span className="block">
              {durationWords(app.machineTtl)}
              {!machine && ', where they are its own'}
            </span>
          )}
        </Fact>
        <Fact name="Registered">
          <DateText value={app.createdAt} /> by {app.createdBy.name}
        </Fact>
        <Fact name="Responsible">
          {app.responsible.name}
          {!app.responsible.active && (
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-danger-ink">
              No longer active here, so the app’s own tokens are refused.
              {canWrite && <TakeOverApp clientId={app.id} takeOverAction={takeOverAction} />}
            </span>
          )}
        </Fact>
      </Facts>
    </Card>
  )
}

function AppScopeLabel({ scope }: { scope: string }) {
  const sentence = appScopeSentences[scope as AppScope]
  if (isScope(scope) || !sentence) return <ScopeLabel scope={scope} />
  return (
    <>
      {sentence} <span className="whitespace-nowrap font-mono text-quiet text-sm">{scope}</span>
    </>
  )
}

import type { ReactNode } from 'react'
import { Card, Fact, Facts } from '@/components/ui/card'
import { Status } from '@/components/ui/status'
import { DateText, RelativeTime } from '@/components/ui/time'
import type { Key } from '@/lib/keys/key'
import type { KeySecret } from '@/lib/keys/secrets'
import { ScopeLabel } from './scope-fields'

/** All that is known of a key: what it is and may do, how it was last used, and `children` beside that. */
export function KeyDetails({
  apiKey: key,
  secrets,
  children,
}: {
  apiKey: Key
  secrets: KeySecret[]
  children: ReactNode
}) {
  return (
    <>
      <Card title="Details">
        <Facts>
          <Fact name="Created">
            <DateText value={key.createdAt} /> by {key.createdBy.name}
          </Fact>
          <Fact name="Responsible">
            {key.responsible.name}
            {!key.responsible.active && <span className="text-danger-ink"> · no longer active here</span>}
          </Fact>
          <Fact name="Expires">{key.expiresAt ? <When value={key.expiresAt} /> : 'Never'}</Fact>
          {key.revokedAt && (
            <Fact name="Revoked">
              <When value={key.revokedAt} />
              {key.revokedBy && ` by ${key.revokedBy.name}`}
              {key.revokeReason && <span className="block whitespace-pre-line text-quiet">{key.revokeReason}</span>}
            </Fact>
          )}
          <Fact name="May">
            {key.scopes.length === 0 && 'Say who it is, no more'}
            {key.scopes.map((scope) => (
              <span key={scope} className="block">
                <ScopeLabel scope={scope} />
              </span>
            ))}
          </Fact>
          <Fact name="Allowed addresses">
            {key.allowedAddresses.length === 0 ? (
              'All'
            ) : (
              <span className="whitespace-pre-line font-mono text-sm">{key.allowedAddresses.join('\n')}</span>
            )}
          </Fact>
          <Fact name="Rate limit">
            {key.rateLimitPerMinute === null ? 'The site’s own' : `${key.rateLimitPerMinute} requests per minute`}
          </Fact>
          {key.note && (
            <Fact name="Note">
              <span className="whitespace-pre-line">{key.note}</span>
            </Fact>
          )}
        </Facts>
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <Card title={secrets.length > 1 ? 'Secrets' : 'Secret'} flush>
          <ul>
            {secrets.map((secret) => (
              <li key={secret.hint} className="border-b px-4 py-3 last:border-b-0">
                <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                  <code className="font-mono text-sm">{secret.hint}</code>
                  {secrets.length > 1 && (
                    <Status tone={secret.endsAt ? 'will-end' : 'works'}>{secret.endsAt ? 'Old' : 'Current'}</Status>
                  )}
                </div>
                <p className="text-quiet text-sm">
                  Since <RelativeTime value={secret.createdAt} />
                  {secret.endsAt && (
                    <>
                      , ends <RelativeTime value={secret.endsAt} />
                    </>
                  )}
                  {secret.lastUsedAt ? (
                    <>
                      , last used <RelativeTime value={secret.lastUsedAt} />
                    </>
                  ) : (
                    ', never used'
                  )}
                </p>
              </li>
            ))}
          </ul>
        </Card>
        <Card title="Last used">
          {key.lastUsedAt ? (
            <Facts>
              <Fact name="When">
                <RelativeTime value={key.lastUsedAt} />
              </Fact>
              <Fact name="From">{key.lastUsed?.address ?? 'Unknown address'}</Fact>
              <Fact name="Route">
                <code className="font-mono text-sm">{key.lastUsed?.route ?? 'Unknown'}</code>
              </Fact>
              <Fact name="Program">
                <span className="line-clamp-3">{key.lastUsed?.userAgent ?? 'Did not say'}</span>
              </Fact>
            </Facts>
          ) : (
            <p className="text-quiet">Never used. The first use shows here within a second.</p>
          )}
        </Card>
        {children}
      </div>
    </>
  )
}

function When({ value }: { value: string }) {
  return (
    <>
      <DateText value={value} /> (<RelativeTime value={value} />)
    </>
  )
}

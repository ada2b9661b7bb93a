import { Card, Fact, Facts } from '@/components/ui/card'
import { CodeBlock } from '@/components/ui/code-block'
import type { App } from '@/lib/apps/app'
import { DEVICE_CODE } from '@/lib/apps/input'
import { snippetOf } from './app-snippet'

/** Where a program finds what it needs. */
export function AppEndpoints({ app, appUrl }: { app: App; appUrl: string }) {
  const endpoints = [
    ['Issuer', appUrl],
    app.grantTypes.includes('authorization_code') && ['Authorize', `${appUrl}/oauth/authorize`],
    app.grantTypes.includes(DEVICE_CODE) && ['Device', `${appUrl}/oauth/device`],
    ['Token', `${appUrl}/oauth/token`],
    app.scopes.includes('openid') && ['User info', `${appUrl}/oauth/userinfo`],
    ['Discovery', `${appUrl}/.well-known/openid-configuration`],
  ].filter((each) => each !== false)
  return (
    <Card title="Endpoints">
      <Facts>
        {endpoints.map(([name, url]) => (
          <Fact key={name} name={name}>
            <code className="wrap-anywhere font-mono text-sm">{url}</code>
          </Fact>
        ))}
      </Facts>
    </Card>
  )
}

/** A first program, good as it stands. */
export function AppUse({ app, appUrl }: { app: App; appUrl: string }) {
  const { label, code } = snippetOf(app, appUrl)
  return (
    <Card title="Use it" description={label} className="lg:col-span-2">
      <CodeBlock label={label} code={code} />
    </Card>
  )
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Server } from './servers'

/** An app, and requests to the OAuth server as it: for a token of its own, and about one. */
export async function oauthRequests(
  { port }: Server,
  settings: Record<string, string>,
): Promise<{ token: string; introspection: string }> {
  const { clientId, clientSecret } = await register(settings)
  const form = (path: string, fields: Record<string, string>): string => {
    const text = new URLSearchParams(fields).toString()
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAuthorization: Basic ${basic}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  }
  const fields = { grant_type: 'client_credentials', scope: 'orders:read' }
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams(fields),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return { token: form('/oauth/token', fields), introspection: form('/oauth/introspect', { token }) }
}

async function register(settings: Record<string, string>): Promise<{ clientId: string; clientSecret: string }> {
  const options = ['--project', 'project-0', '--name', 'Bench', '--machine', '--scopes', 'orders:read', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/latchkey.js', 'apps', 'register', ...options], {
    env: { ...process.env, ...settings, NODE_ENV: 'production' },
  })
  return JSON.parse(stdout)
}

import 'server-only'
import { createHash } from 'node:crypto'
import type { App } from './app'

/**
 * Stands for all that people are shown of an app and where they are sent: an admin who verifies it says by this what they
 * have seen, so that a change in the meantime is not verified with it.
 */
export function shownDigest(app: App, projectName: string): string {
  const { name, description, homepage, logoUrl, redirectUris, scopes, grantTypes } = app
  const shown = [name, description, homepage, logoUrl, redirectUris, scopes, grantTypes, projectName]
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url')
}

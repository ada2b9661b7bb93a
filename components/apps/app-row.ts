import type { App } from '@/lib/apps/app'

/** What a row of the apps table and its dialogs need of an app, and no more. */
export type AppRow = Pick<
  App,
  | 'id'
  | 'name'
  | 'kind'
  | 'isPublic'
  | 'logoUrl'
  | 'grantTypes'
  | 'scopes'
  | 'verified'
  | 'firstParty'
  | 'status'
  | 'disabledByAdmin'
  | 'createdAt'
  | 'secrets'
  | 'people'
>

export function toAppRow(app: App): AppRow {
  const { id, name, kind, isPublic, logoUrl, grantTypes, scopes, verified, firstParty } = app
  const { status, disabledByAdmin, createdAt, secrets, people } = app
  return {
    id,
    name,
    kind,
    isPublic,
    logoUrl,
    grantTypes,
    scopes,
    verified,
    firstParty,
    status,
    disabledByAdmin,
    createdAt,
    secrets,
    people,
  }
}

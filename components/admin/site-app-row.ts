import type { SiteApp } from '@/lib/apps/search'

/** A row of the table of all apps. */
export type SiteAppRow = Pick<
  SiteApp,
  | 'id'
  | 'name'
  | 'description'
  | 'homepage'
  | 'redirectUris'
  | 'shown'
  | 'logoUrl'
  | 'verified'
  | 'firstParty'
  | 'status'
  | 'disabledByAdmin'
  | 'people'
  | 'createdAt'
> & { project: { slug: string; name: string } }

export const toSiteAppRow = (app: SiteApp): SiteAppRow => ({
  id: app.id,
  name: app.name,
  description: app.description,
  homepage: app.homepage,
  redirectUris: app.redirectUris,
  shown: app.shown,
  logoUrl: app.logoUrl,
  verified: app.verified,
  firstParty: app.firstParty,
  status: app.status,
  disabledByAdmin: app.disabledByAdmin,
  people: app.people,
  createdAt: app.createdAt,
  project: { slug: app.project.slug, name: app.project.name },
})

import { type KeyRow, toKeyRow } from '@/components/keys/key-row'
import type { SiteKey } from '@/lib/keys/search'

/** A row of the table of all keys. */
export interface SiteKeyRow extends KeyRow {
  project: { slug: string; name: string }
  owner: { name: string; email: string }
}

export const toSiteKeyRow = (key: SiteKey): SiteKeyRow => ({
  ...toKeyRow(key),
  project: { slug: key.project.slug, name: key.project.name },
  owner: { name: key.responsible.name, email: key.responsible.email },
})

import type { Key } from '@/lib/keys/key'

/** What a row of the keys table and its dialogs need of a key, and no more: fifty of them travel with each page. */
export interface KeyRow
  extends Pick<
    Key,
    'id' | 'label' | 'hint' | 'status' | 'scopes' | 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'overlap'
  > {
  thirdParty: { id: string; name: string } | null
  /** Who should answer for the key but is disabled or gone, so that it is refused. */
  inactive: string | null
}

export function toKeyRow(key: Key): KeyRow {
  const { id, label, hint, status, scopes, createdAt, lastUsedAt, expiresAt, overlap } = key
  return {
    id,
    label,
    hint,
    status,
    scopes,
    createdAt,
    lastUsedAt,
    expiresAt,
    overlap,
    thirdParty: key.thirdParty && { id: key.thirdParty.id, name: key.thirdParty.name },
    inactive: key.responsible.active ? null : key.responsible.name,
  }
}

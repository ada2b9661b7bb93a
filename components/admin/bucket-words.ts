import type { KeyBucket } from '@/lib/keys/listing'

/** What each part of the list of all keys is called, in its filter and on the board. */
export const bucketWords: Record<KeyBucket, string> = {
  unrevoked: 'Not revoked',
  active: 'Active',
  expiring: 'Expiring in 14 days',
  never_used: 'Never used',
  unused: 'Unused for 90 days',
  without_expiry: 'Without expiry',
  unassigned: 'Unassigned',
  management: 'With management scope',
  admin_scopes: 'Admin scopes without an admin',
  disabled_maker: 'Made by disabled people',
  overlap: 'In overlap',
  expired: 'Expired',
  revoked: 'Revoked',
  all: 'All',
}

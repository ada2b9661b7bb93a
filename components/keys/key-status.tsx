import { Status, type Tone } from '@/components/ui/status'
import type { KeyRow } from './key-row'

const words: Record<KeyRow['status'], [Tone, string]> = {
  active: ['works', 'Active'],
  expiring: ['will-end', 'Expiring'],
  expired: ['quiet', 'Expired'],
  revoked: ['ended', 'Revoked'],
}

/** Whether a key works. One whose responsible person is gone is refused, whatever else may be said of it. */
export function KeyStatus({ row }: { row: Pick<KeyRow, 'status' | 'inactive'> }) {
  if (row.inactive && isLive(row)) return <Status tone="ended">Refused</Status>
  const [tone, word] = words[row.status]
  return <Status tone={tone}>{word}</Status>
}

/** Neither revoked nor expired. */
export function isLive(row: Pick<KeyRow, 'status'>): boolean {
  return row.status === 'active' || row.status === 'expiring'
}

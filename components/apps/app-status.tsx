import { Status } from '@/components/ui/status'
import type { AppRow } from './app-row'

/** The state of an app as a dot and a word. */
export function AppStatus({ row }: { row: Pick<AppRow, 'status' | 'disabledByAdmin'> }) {
  if (row.status === 'active') return <Status tone="works">Active</Status>
  return <Status tone="ended">{row.disabledByAdmin ? 'Disabled by an admin' : 'Disabled'}</Status>
}

import { Tag } from '@/components/ui/tag'
import type { AppRow } from './app-row'

/** The app that a dialog is about: the first line of each. */
export function AppLine({ row }: { row: Pick<AppRow, 'name' | 'logoUrl'> }) {
  return <Tag name={row.name} logo={row.logoUrl} size="sm" />
}

import { Tag } from '@/components/ui/tag'

/** The key a dialog is about, and who holds it: the first line of each. */
export function Holder({ row }: { row: { label: string; thirdParty: { name: string } | null } }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
      <strong className="wrap-anywhere font-semibold text-ink">{row.label}</strong>
      {row.thirdParty ? 'held by' : null}
      <Tag name={row.thirdParty?.name} size="sm" className="min-w-0" />
    </span>
  )
}

import { TagMark } from '@/components/ui/tag'

/** The person whom a dialog is about. */
export function MemberLine({ name, email }: { name: string; email: string }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <TagMark name={name} size="sm" />
      <span className="flex min-w-0 flex-wrap gap-x-2">
        <strong className="wrap-anywhere font-semibold text-ink">{name}</strong>
        <span className="truncate">{email}</span>
      </span>
    </span>
  )
}

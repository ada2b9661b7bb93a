import { TagMark } from '@/components/ui/tag'

/** A person in the first cell of a row: the mark, the name, the address. */
export function PersonCell({ name, email, self }: { name: string; email: string; self: boolean }) {
  return (
    <div className="flex min-w-0 items-center gap-2.5 @max-[40rem]:pr-10">
      <TagMark name={name} />
      <div className="min-w-0">
        <div className="wrap-anywhere line-clamp-2 whitespace-normal font-semibold">
          {name}
          {self && <span className="font-normal text-quiet"> (you)</span>}
        </div>
        <div className="truncate text-quiet text-sm" title={email}>
          {email}
        </div>
      </div>
    </div>
  )
}

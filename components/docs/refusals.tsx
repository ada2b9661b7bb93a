import { TextLink } from '@/components/ui/text-link'

/** Codes by status, each leading to what it means and what to do. */
export function Refusals({ refusals }: { refusals: readonly { status: string; codes: string[] }[] }) {
  if (refusals.length === 0) return null
  return (
    <ul className="grid gap-1">
      {refusals.map(({ status, codes }) => (
        <li key={status} className="flex gap-3">
          <span className="w-8 shrink-0 text-quiet tabular-nums">{status}</span>
          <span className="flex min-w-0 flex-wrap gap-x-3">
            {codes.map((code) => (
              <TextLink key={code} href={`/docs/errors#${code}`} className="font-mono text-sm">
                {code}
              </TextLink>
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}

import type { ReactNode } from 'react'
import { Notice } from '@/components/ui/notice'
import { TextLink } from '@/components/ui/text-link'
import { countText } from '@/components/ui/words'

interface Tie {
  slug: string
  name: string
  fate: 'deleted' | 'blocked' | 'left'
  keys: number
}

/** What becomes of each project when the account is deleted; those that stand in the way come first. */
export function AccountTies({ ties }: { ties: readonly Tie[] }) {
  const [blocked, deleted, left] = (['blocked', 'deleted', 'left'] as const).map((fate) =>
    ties.filter((tie) => tie.fate === fate),
  )
  return (
    <>
      {blocked && blocked.length > 0 && (
        <Notice tone="warn" title="Make somebody else an owner first">
          You are the last owner of these projects, and others are in them. Do it on their members pages, or delete them
          in their settings.
          <List ties={blocked} page="members" />
        </Notice>
      )}
      {deleted && deleted.length > 0 && (
        <Group title="Deleted with you" about="Nobody else is in these projects. Their keys and apps end for good.">
          <List ties={deleted} page="settings" keys={(count) => `${count} revoked`} />
        </Group>
      )}
      {left && left.length > 0 && (
        <Group
          title="Left by you"
          about="The others go on. Keys that you answer for are refused until one of them takes over: ask them to, or they stop."
        >
          <List ties={left} page="keys" keys={(count) => `${count} refused`} />
        </Group>
      )}
    </>
  )
}

function Group({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="font-semibold">{title}</h2>
      <p className="text-quiet">{about}</p>
      {children}
    </section>
  )
}

function List({ ties, page, keys }: { ties: readonly Tie[]; page: string; keys?: (count: string) => string }) {
  return (
    <ul className="mt-2 list-disc pl-5">
      {ties.map((tie) => (
        <li key={tie.slug} className="wrap-anywhere">
          <TextLink href={`/projects/${tie.slug}/${page}`}>{tie.name}</TextLink>
          {keys && <>: {tie.keys === 0 ? 'no keys' : keys(countText(tie.keys, 'key'))}</>}
        </li>
      ))}
    </ul>
  )
}

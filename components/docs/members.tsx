import type { Member } from '@/lib/api/reference'
import { Inline } from './markdown'
import { TypeName } from './type-name'

/** The members of an object, or parameters, one below the other; those of an inner object stand inside it. */
export function Members({ members }: { members: readonly Member[] }) {
  return (
    <ul className="rounded-control border">
      {members.map((member) => (
        <li key={member.name} className="border-b px-3 py-2 last:border-b-0">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <code className="wrap-anywhere font-mono font-semibold text-sm">{member.name}</code>
            <span className="text-quiet text-sm">
              <TypeName type={member.type} />
              {member.required ? '' : ', optional'}
            </span>
          </p>
          {member.description && (
            <p className="text-pretty">
              <Inline text={member.description} />
            </p>
          )}
          {member.values && (
            <p className="text-quiet text-sm">
              One of <Inline text={member.values.map((value) => `\`${value}\``).join(', ')} />
            </p>
          )}
          {member.fallback && (
            <p className="text-quiet text-sm">
              Left out: <Inline text={`\`${member.fallback}\``} />
            </p>
          )}
          {member.members && (
            <div className="mt-2">
              <Members members={member.members} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

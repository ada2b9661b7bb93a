import { Card, Fact, Facts } from '@/components/ui/card'
import { TextLink } from '@/components/ui/text-link'
import type { Family } from '@/lib/keys/children'
import type { Key } from '@/lib/keys/key'

/** What made a key, and what the key has made. Nothing if a person made it and it made nothing. */
export function KeyFamily({ apiKey: key, family, slug }: { apiKey: Key; family: Family; slug: string }) {
  const { keys, apps } = family
  if (!key.parent && keys.length + apps.length === 0) return null
  return (
    <Card title="Lineage">
      <Facts>
        {key.parent && (
          <Fact name="Created by">
            {key.parent.kind === 'key' ? (
              <>
                Key{' '}
                <TextLink href={`/projects/${slug}/keys/${key.parent.id}`} className="wrap-anywhere">
                  {key.parent.name}
                </TextLink>
              </>
            ) : (
              `App ${key.parent.name}`
            )}
            {family.isCutOff ? (
              <span className="block text-danger-ink text-sm">
                It has ended or lost its owner, so this key is refused.
              </span>
            ) : (
              <span className="block text-quiet text-sm">
                This key never has more permissions, IP addresses or time, and stops working when it does.
              </span>
            )}
          </Fact>
        )}
        {keys.length > 0 && (
          <Fact name="Created keys">
            {keys.map(({ id, label }) => (
              <TextLink key={id} href={`/projects/${slug}/keys/${id}`} className="wrap-anywhere block w-fit">
                {label}
              </TextLink>
            ))}
          </Fact>
        )}
        {apps.length > 0 && (
          <Fact name="Created apps">
            {apps.map(({ id, name }) => (
              <TextLink key={id} href={`/projects/${slug}/apps/${id}`} className="wrap-anywhere block w-fit">
                {name}
              </TextLink>
            ))}
          </Fact>
        )}
      </Facts>
    </Card>
  )
}

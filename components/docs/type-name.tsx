import { TextLink } from '@/components/ui/text-link'

/** A type in words. Objects with a name of their own begin with a capital, and lead to where they are described. */
export function TypeName({ type }: { type: string }) {
  return type
    .split(/\b([A-Z]\w+)\b/)
    .map((part) => (/^[A-Z]/.test(part) ? <ObjectLink key={part} name={part} /> : part))
}

function ObjectLink({ name }: { name: string }) {
  return <TextLink href={`/docs#object-${name}`}>{name}</TextLink>
}

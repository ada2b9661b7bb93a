'use client'

import { Tabs } from '@base-ui/react/tabs'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { CodeBlock } from '@/components/ui/code-block'
import { type Language, languages } from './snippets'

const names: Record<Language, string> = { curl: 'curl', javascript: 'JavaScript', python: 'Python' }

/** The same call in each language. The language is chosen for the whole page, and stands in its address. */
export function SnippetTabs({
  snippets,
  label,
}: {
  snippets: Record<Language, string>
  /** What the call does: names the tabs for screen readers. */
  label: string
}) {
  const [language, setLanguage] = useQueryState('lang', parseAsStringLiteral(languages).withDefault('curl'))
  return (
    <Tabs.Root value={language} onValueChange={(value: Language) => setLanguage(value)}>
      <Tabs.List aria-label={`${label}, language`} className="mb-2 flex gap-1">
        {languages.map((each) => (
          <Tabs.Tab
            key={each}
            value={each}
            className="min-h-8 rounded-control px-2.5 text-quiet text-sm transition-colors hover:bg-hover hover:text-ink data-active:bg-hover data-active:font-semibold data-active:text-ink max-sm:min-h-10"
          >
            {names[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {languages.map((each) => (
        <Tabs.Panel key={each} value={each} className="rounded-control">
          <CodeBlock code={snippets[each]} label={`${label}, ${names[each]}`} />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}

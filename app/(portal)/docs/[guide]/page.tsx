import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Markdown } from '@/components/docs/markdown'
import { CodeBlock } from '@/components/ui/code-block'
import { readGuide } from '@/lib/guides'

type Props = { params: Promise<{ guide: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await readGuide((await params).guide))?.title }
}

export default async function GuidePage({ params }: Props) {
  const guide = await readGuide((await params).guide)
  if (!guide) notFound()
  return (
    <>
      <Markdown text={guide.text} />
      {guide.files.map(({ name, text }) => (
        <section key={name} aria-labelledby={name} className="mt-8">
          <h2 id={name} className="mb-2 scroll-mt-20 font-mono font-semibold text-lg">
            {name}
          </h2>
          <CodeBlock code={text} label={name} />
        </section>
      ))}
    </>
  )
}

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Markdown } from '@/components/docs/markdown'
import { readGuide } from '@/lib/guides'

type Props = { params: Promise<{ guide: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await readGuide((await params).guide))?.title }
}

export default async function GuidePage({ params }: Props) {
  const guide = await readGuide((await params).guide)
  if (!guide) notFound()
  return <Markdown text={guide.text} />
}

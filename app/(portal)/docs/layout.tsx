import Link from 'next/link'
import type { ReactNode } from 'react'
import { DocsNav } from '@/components/docs/docs-nav'
import { Logo } from '@/components/shell/logo'
import { ButtonLink } from '@/components/ui/button'
import { openApi } from '@/lib/api/openapi'
import { referenceOf } from '@/lib/api/reference'
import { currentUser } from '@/lib/auth'
import { guides } from '@/lib/guides'

/** The contents beside every page of the docs. Who is signed out gets a head of their own in place of the portal's shell. */
export default async function DocsLayout({ children }: { children: ReactNode }) {
  const { groups } = referenceOf(openApi().document)
  const contents = [
    { title: 'Guides', links: guides.map(({ slug, title }) => ({ href: `/docs/${slug}`, label: title })) },
    { title: 'Reference', links: [{ href: '/docs', label: 'All operations' }] },
    ...groups.map(({ name, operations }) => ({
      title: name,
      links: operations.map(({ id, summary }) => ({ href: `/docs#${id}`, label: summary })),
    })),
  ]
  const page = (
    <div className="grid gap-x-10 gap-y-6 lg:grid-cols-[11rem_minmax(0,1fr)]">
      <div>
        <DocsNav groups={contents} />
      </div>
      <div className="min-w-0 max-w-180">{children}</div>
    </div>
  )
  if (await currentUser()) return page
  return (
    <div className="mx-auto w-full max-w-296 px-8 pb-16 max-md:px-4">
      <header className="mb-4 flex h-16 items-center justify-between gap-4">
        <Link href="/" className="rounded-control">
          <Logo />
        </Link>
        <ButtonLink href="/sign-in">Sign in</ButtonLink>
      </header>
      <main>{page}</main>
    </div>
  )
}

'use client'

import { AppWindow, BookOpen, KeyRound, Plug, Settings, Tags, Users } from 'lucide-react'
import { useParams } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { AppShell, type ShellLink, type ShellProject, type ShellUser } from './app-shell'

type PortalShellProps = {
  user: ShellUser
  projects: readonly ShellProject[]
  /** The project that the links lead to where the page belongs to none, as on the account page. */
  lastSlug?: string
  signOutAction: () => Promise<unknown>
  children: ReactNode
}

/**
 * The shell around the portal's pages. It takes the project from the address in the browser, since the server draws it
 * once and not again when one goes from page to page.
 */
export function PortalShell({ user, projects, lastSlug, signOutAction, children }: PortalShellProps) {
  const params = useParams<{ slug?: string }>()
  const [kept, setKept] = useState(lastSlug)
  const slug = params.slug ?? kept
  if (slug !== kept) setKept(slug)
  const current = projects.find((project) => project.slug === slug) ?? projects[0]
  return (
    <AppShell
      user={user}
      projects={projects}
      currentProject={current}
      navigation={[...(current ? linksOf(current) : []), ...ownLinks]}
      signOutAction={signOutAction}
    >
      {children}
    </AppShell>
  )
}

const linksOf = ({ slug }: ShellProject): ShellLink[] => [
  { href: `/projects/${slug}/keys`, label: 'API keys', icon: <KeyRound aria-hidden="true" /> },
  { href: `/projects/${slug}/third-parties`, label: 'Third parties', icon: <Tags aria-hidden="true" /> },
  { href: `/projects/${slug}/apps`, label: 'OAuth apps', icon: <AppWindow aria-hidden="true" /> },
  { href: `/projects/${slug}/members`, label: 'Members', icon: <Users aria-hidden="true" /> },
  { href: `/projects/${slug}/settings`, label: 'Settings', icon: <Settings aria-hidden="true" /> },
]

/** What is the person's own, whatever project they are in. */
const ownLinks: ShellLink[] = [
  { href: '/connections', label: 'Connections', icon: <Plug aria-hidden="true" />, apart: true },
  { href: '/docs', label: 'Docs', icon: <BookOpen aria-hidden="true" />, apart: true },
]

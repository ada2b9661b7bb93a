import { AppWindow, ArrowLeft, KeyRound, LayoutDashboard, Scale, ScrollText, UsersRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { AppShell, type ShellLink, type ShellUser } from '@/components/shell/app-shell'

/** The shell around the pages of site admins. */
export function AdminShell({
  user,
  signOutAction,
  children,
}: {
  user: ShellUser
  signOutAction: () => Promise<unknown>
  children: ReactNode
}) {
  return (
    <AppShell user={user} navigation={links} signOutAction={signOutAction}>
      {children}
    </AppShell>
  )
}

const links: ShellLink[] = [
  { href: '/admin', label: 'Overview', icon: <LayoutDashboard aria-hidden="true" /> },
  { href: '/admin/keys', label: 'Keys', icon: <KeyRound aria-hidden="true" /> },
  { href: '/admin/users', label: 'Users', icon: <UsersRound aria-hidden="true" /> },
  { href: '/admin/apps', label: 'Apps', icon: <AppWindow aria-hidden="true" /> },
  { href: '/admin/audit', label: 'Audit log', icon: <ScrollText aria-hidden="true" /> },
  { href: '/admin/policy', label: 'Policy', icon: <Scale aria-hidden="true" /> },
  { href: '/', label: 'Back to the portal', icon: <ArrowLeft aria-hidden="true" />, apart: true },
]

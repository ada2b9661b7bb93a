import { ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { AccountMenu, type ShellUser } from './account-menu'
import { Logo } from './logo'
import { NavLinks, type ShellLink } from './nav-links'
import { ProjectSwitcher, type ShellProject } from './project-switcher'
import { TopBar } from './top-bar'

export type { ShellLink, ShellProject, ShellUser }

type AppShellProps = {
  user: ShellUser
  /** What the switcher offers; without it the pages are those of site admins, and in its place they are told so. */
  projects?: readonly ShellProject[]
  currentProject?: ShellProject
  /** The links of the rail, in order; those with `apart` stand below a line. */
  navigation: readonly ShellLink[]
  signOutAction: () => Promise<unknown>
  children: ReactNode
}

/** What stands around every page of the portal. It only draws: who may see what is settled by the pages. */
export function AppShell({ user, projects, currentProject, navigation, signOutAction, children }: AppShellProps) {
  const rail = (
    <>
      {projects ? (
        <ProjectSwitcher projects={projects} current={currentProject} />
      ) : (
        <p className="flex min-h-10 items-center gap-2 rounded-control bg-accent-wash px-2.5 font-semibold text-accent-ink">
          <ShieldCheck aria-hidden="true" className="size-4 shrink-0" />
          Admin of this site
        </p>
      )}
      <NavLinks links={navigation} />
      <div className="mt-auto -mx-1 border-t px-1 pt-2">
        <AccountMenu user={user} signOutAction={signOutAction} />
      </div>
    </>
  )
  return (
    <div className="md:grid md:grid-cols-[232px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only rounded-control bg-ink px-3 py-2 text-paper focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <header className="sticky top-0 flex h-dvh flex-col gap-3 border-r bg-well px-3 pt-4 pb-2 max-md:hidden">
        <Logo className="mb-1 px-2" />
        {rail}
      </header>
      <TopBar links={[...navigation, { href: '/account', label: 'Account' }]}>{rail}</TopBar>
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-296 px-8 pt-8 pb-16 outline-none max-md:px-4 max-md:pt-5"
      >
        {children}
      </main>
    </div>
  )
}

import type { ReactNode } from 'react'
import { PortalShell } from '@/components/shell/portal-shell'
import { VerifyBanner } from '@/components/users/verify-banner'
import { currentUser } from '@/lib/auth'
import { listProjects } from '@/lib/projects/find'
import { lastProject } from '@/lib/projects/remember'
import { isAddressProved } from '@/lib/users/verify-email'
import { Confirm } from '../(auth)/confirm/confirm'
import { resendVerificationAction, signOutAction } from './actions'

/** Draws the shell. Who may see what is settled by the pages: this layout is not drawn again between them. */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  // The page inside sends them to sign in.
  if (!user) return children
  const [projects, last, proved] = await Promise.all([listProjects(user), lastProject(user), isAddressProved(user)])
  return (
    <PortalShell
      user={{ name: user.name, email: user.email, isAdmin: user.isAdmin }}
      projects={projects.map(({ slug, name }) => ({ slug, name }))}
      lastSlug={last?.slug}
      signOutAction={signOutAction}
    >
      {!proved && <VerifyBanner email={user.email} resendAction={resendVerificationAction} />}
      {children}
      <Confirm />
    </PortalShell>
  )
}

import type { ReactNode } from 'react'
import { AdminShell } from '@/components/admin/admin-shell'
import { currentUser } from '@/lib/auth'
import { Confirm } from '../(auth)/confirm/confirm'
import { signOutAction } from '../(portal)/actions'

/** Draws the shell. Who may see what is settled by each page and action: this layout is not drawn again between them. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  // The page inside says that it does not exist.
  if (!user?.isAdmin) return children
  return (
    <AdminShell user={{ name: user.name, email: user.email, isAdmin: true }} signOutAction={signOutAction}>
      {children}
      <Confirm />
    </AdminShell>
  )
}

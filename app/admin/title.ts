import 'server-only'
import type { Metadata } from 'next'
import { currentUser } from '@/lib/auth'

/** The title of a page of the admin view. For everybody else it is that of the page which does not exist. */
export const adminTitle = (title: string) => async (): Promise<Metadata> => {
  const user = await currentUser()
  return { title: user?.isAdmin ? title : 'Not found' }
}

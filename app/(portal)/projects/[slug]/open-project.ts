import 'server-only'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { after } from 'next/server'
import { cache } from 'react'
import type { UserActor } from '@/lib/actor'
import { currentUser, requireUser } from '@/lib/auth'
import { isFailure } from '@/lib/errors'
import { log } from '@/lib/log'
import { findProject, type Project } from '@/lib/projects/find'
import { rememberProject } from '@/lib/projects/remember'

/**
 * Who is signed in, and the project of a page as they may see it; the next visit begins there. Strangers are sent to
 * sign in and from there back to `here`, a path of this site; a project that is not theirs is a page that does not exist.
 */
export const openProject = cache(async (slug: string, here: string): Promise<{ user: UserActor; project: Project }> => {
  const user = await requireUser(here)
  const project = await projectOf(slug)
  if (!project) notFound()
  after(() =>
    rememberProject(user, project.id).catch((error: unknown) =>
      log().warn({ err: error }, 'could not note which project was opened'),
    ),
  )
  return { user, project }
})

/** The title of a page of a project. One that is not theirs has that of a page which does not exist. */
export const projectTitle =
  (title: string) =>
  async ({ params }: { params: Promise<{ slug: string }> }): Promise<Metadata> => {
    const { slug } = await params
    return { title: (await projectOf(slug)) ? title : 'Not found' }
  }

/** The project as whoever is signed in may see it, read once for the page and its title. */
const projectOf = cache(async (slug: string): Promise<Project | null> => {
  const user = await currentUser()
  return user && findProject(user, slug).catch(nullIfMissing)
})

/** For what is looked for by the address of a page. */
export function nullIfMissing(error: unknown): null {
  if (isFailure(error) && error.code === 'not_found') return null
  throw error
}

import 'server-only'
import { notFound } from 'next/navigation'
import { after } from 'next/server'
import { cache } from 'react'
import type { UserActor } from '@/lib/actor'
import { requireUser } from '@/lib/auth'
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
  const project = await findProject(user, slug).catch((error: unknown) => {
    if (isFailure(error) && error.code === 'not_found') notFound()
    throw error
  })
  after(() =>
    rememberProject(user, project.id).catch((error: unknown) =>
      log().warn({ err: error }, 'could not note which project was opened'),
    ),
  )
  return { user, project }
})

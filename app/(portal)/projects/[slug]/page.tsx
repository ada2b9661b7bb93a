import { redirect } from 'next/navigation'
import { openProject } from './open-project'

/** A project has no page of its own: its keys come first. */
export default async function ProjectPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { project } = await openProject(slug, `/projects/${slug}`)
  redirect(`/projects/${project.slug}/keys`)
}

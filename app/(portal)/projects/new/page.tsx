import type { Metadata } from 'next'
import { NewProjectForm } from '@/components/projects/new-project-form'
import { PageHead } from '@/components/shell/page-head'
import { requireUser } from '@/lib/auth'
import { createProjectAction } from './actions'

export const metadata: Metadata = { title: 'New project' }

export default async function NewProjectPage() {
  await requireUser('/projects/new')
  return (
    <>
      <PageHead title="New project">A place for keys of its own, with members of its own. You own it.</PageHead>
      <NewProjectForm action={createProjectAction} />
    </>
  )
}

'use client'

import { Check, ChevronsUpDown, Plus } from 'lucide-react'
import { Menu, MenuLink, MenuSeparator, MenuText } from '@/components/ui/menu'
import { TagMark } from '@/components/ui/tag'

export type ShellProject = { slug: string; name: string }

/** Names the project one is in, leads to the keys of the others, and to a new one. */
export function ProjectSwitcher({ projects, current }: { projects: readonly ShellProject[]; current?: ShellProject }) {
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Project ${current?.name ?? 'none'}, switch project`}
          className="flex min-h-10 w-full items-center gap-2 rounded-control border bg-surface px-2 text-left transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          {current && <ProjectMark name={current.name} />}
          <span className="min-w-0 grow truncate font-semibold">{current?.name ?? 'Choose a project'}</span>
          <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-quiet" />
        </button>
      }
    >
      {projects.length > 0 && <MenuText>Projects</MenuText>}
      {projects.map((project) => (
        <MenuLink
          key={project.slug}
          href={`/projects/${project.slug}/keys`}
          current={project.slug === current?.slug}
          icon={<ProjectMark name={project.name} />}
        >
          <span className="min-w-0 grow truncate">{project.name}</span>
          {project.slug === current?.slug && <Check aria-hidden="true" className="size-4 shrink-0" />}
        </MenuLink>
      ))}
      {projects.length > 0 && <MenuSeparator />}
      <MenuLink href="/projects/new" icon={<Plus aria-hidden="true" className="size-4 text-quiet" />}>
        New project
      </MenuLink>
    </Menu>
  )
}

// Square where a third party is round: one's own house is not a tag on a key.
function ProjectMark({ name }: { name: string }) {
  return (
    <span className="shrink-0 [&>*]:rounded-[5px]">
      <TagMark name={name} size="sm" />
    </span>
  )
}

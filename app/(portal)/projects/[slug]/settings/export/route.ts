import { notFound } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { auditFilterSchema } from '@/lib/audit/search'
import { beginProjectExport } from '@/lib/exports/begin'
import { exportProjectAudit } from '@/lib/exports/pages'
import { roleAllows } from '@/lib/projects/roles'
import { auditDownload } from '../../../../../admin/audit/audit-download'
import { exportFilter } from '../../../../../admin/export-filter'
import { sureFirst } from '../../../../../admin/sure-first'
import { openProject } from '../../open-project'

/** All events of a project that pass the filter of its history. */
export async function GET(request: NextRequest, { params }: { params: Promise<{ slug: string }> }): Promise<Response> {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/settings`)
  if (!roleAllows(project.role ?? 'viewer', 'audit:read')) notFound()
  const own = auditFilterSchema.omit({ project: true })
  const { filter, refusal } = exportFilter(request.nextUrl.searchParams, own, ['format'])
  if (refusal) return refusal
  await sureFirst(request, beginProjectExport(user, project, filter))
  return auditDownload(request, `${slug}-history`, (page) => exportProjectAudit(user, project.id, filter, page))
}

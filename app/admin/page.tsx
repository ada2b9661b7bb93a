import { Overview } from '@/components/admin/overview'
import { PageHead } from '@/components/shell/page-head'
import { countUnverifiedApps } from '@/lib/apps/search'
import { requireAdmin } from '@/lib/auth'
import { countKeys } from '@/lib/keys/count'
import { boardBuckets } from '@/lib/keys/listing'
import { readSiteUsage } from '@/lib/usage/site'
import { adminTitle } from './title'

export const generateMetadata = adminTitle('Admin')

export default async function AdminPage() {
  const user = await requireAdmin()
  const [counts, unverifiedApps, usage] = await Promise.all([
    countKeys(user, boardBuckets),
    countUnverifiedApps(user),
    readSiteUsage(user, 30),
  ])
  return (
    <>
      <PageHead title="Overview" inTopBar />
      <Overview counts={counts} unverifiedApps={unverifiedApps} usage={usage} />
    </>
  )
}

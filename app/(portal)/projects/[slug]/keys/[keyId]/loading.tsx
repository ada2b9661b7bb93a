import { PageHead } from '@/components/shell/page-head'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/spinner'

/** A key's page before it is there: without this, the table's own skeleton would stand in for it. */
export default function KeyLoading() {
  return (
    <>
      <PageHead title={<Skeleton className="h-7 w-64" />}>
        <Skeleton className="w-40" />
      </PageHead>
      <Card title="Details">
        <Skeleton className="h-48 w-full" />
      </Card>
    </>
  )
}

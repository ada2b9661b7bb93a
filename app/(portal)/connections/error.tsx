'use client'

import { FailedList, type PageFailure } from '@/components/shell/failed-list'

export default function ConnectionsError(failure: PageFailure) {
  return (
    <FailedList
      {...failure}
      page="Connections"
      title="The connections could not be loaded"
      calm="Nothing was changed: what is connected goes on working."
    />
  )
}

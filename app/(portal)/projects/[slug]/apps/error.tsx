'use client'

import { FailedList, type PageFailure } from '@/components/shell/failed-list'

export default function AppsError(failure: PageFailure) {
  return (
    <FailedList
      {...failure}
      page="OAuth apps"
      title="The apps could not be loaded"
      calm="Nothing was changed, and apps that work go on working."
    />
  )
}

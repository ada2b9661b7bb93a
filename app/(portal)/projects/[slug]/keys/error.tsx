'use client'

import { FailedList, type PageFailure } from '@/components/shell/failed-list'

export default function KeysError(failure: PageFailure) {
  return (
    <FailedList
      {...failure}
      page="API keys"
      title="The keys could not be loaded"
      calm="Nothing was changed, and keys that work go on working."
    />
  )
}

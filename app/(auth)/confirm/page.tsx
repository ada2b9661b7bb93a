import type { Metadata } from 'next'
import { AuthCard } from '@/components/shell/auth-card'
import { requireUser } from '@/lib/auth'
import { nextPath } from '@/lib/next-path'
import { ConfirmThen } from './confirm'

export const metadata: Metadata = { title: 'Confirm that it is you' }

type Props = { searchParams: Promise<{ next?: string | string[] }> }

/** Where a browser is led that posted or asked for a grave act by itself, with an old session. */
export default async function ConfirmPage({ searchParams }: Props) {
  const next = nextPath((await searchParams).next)
  const user = await requireUser(next)
  return (
    <AuthCard title="Confirm that it is you" description={`You are signed in as ${user.email}.`}>
      <p className="mb-4">You signed in a while ago. Confirm that it is you, and you go on where you were.</p>
      <ConfirmThen next={next} />
    </AuthCard>
  )
}

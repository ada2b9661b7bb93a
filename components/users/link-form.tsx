'use client'

import { useRouter } from 'next/navigation'
import type { Action } from '@/components/ui/ask'
import { Button, ButtonLink } from '@/components/ui/button'
import { Fact, Facts } from '@/components/ui/card'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from './confirm-identity'

type LinkFormProps = {
  /** The address of the account here. */
  email: string
  provider: string
  /** What the provider calls the account there. */
  account: string
  subject: string
  linkIdentityAction: Action<{ subject: string }, { done: true }>
}

/** Shows two accounts and asks whether they are one person's. */
export function LinkForm({ email, provider, account, subject, linkIdentityAction }: LinkFormProps) {
  const { send, pending, problem } = useAsk()
  const router = useRouter()
  const link = () =>
    send(
      () => onceSure(() => linkIdentityAction({ subject })),
      () => {
        toast.success(`${provider} was linked.`)
        router.push('/account')
      },
    )
  return (
    <div className="flex max-w-140 flex-col gap-6">
      {problem}
      <Facts>
        <Fact name="Account here">{email}</Fact>
        <Fact name={`Account at ${provider}`}>{account}</Fact>
      </Facts>
      <p>
        Whoever can sign in to that {provider} account can then sign in here. Link it only when both are yours; you can
        unlink it on your account page.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" pending={pending} onClick={link}>
          Link accounts
        </Button>
        <ButtonLink href="/account">Do not link</ButtonLink>
      </div>
    </div>
  )
}

'use client'

import { useState, useTransition } from 'react'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { type ActionAnswer, errorOf } from '@/lib/action-result'

type VerifyBannerProps = { email: string; resendAction: () => Promise<ActionAnswer> }

/** Asks for the proof of an address on every page until there is one. */
export function VerifyBanner({ email, resendAction }: VerifyBannerProps) {
  const [told, setTold] = useState<{ tone: 'info' | 'danger'; text: string } | null>(null)
  const [pending, startTransition] = useTransition()

  function resend() {
    startTransition(async () => {
      const error = errorOf(await resendAction().catch(() => undefined))
      setTold(
        error
          ? { tone: 'danger', text: error.message }
          : { tone: 'info', text: `Another link is on its way to ${email}. Only the newest works.` },
      )
    })
  }

  return (
    <div className="mb-6">
      <Notice
        tone={told?.tone}
        title="Verify your address"
        action={
          <Button size="sm" pending={pending} pendingLabel="Sending the link" onClick={resend}>
            Send again
          </Button>
        }
      >
        <span role="status" className="wrap-anywhere">
          {told?.text ?? `We sent a link to ${email}. Until you have used it you cannot invite others.`}
        </span>
      </Notice>
    </div>
  )
}

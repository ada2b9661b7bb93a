import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { ConsentForm } from '@/components/oauth/consent-form'
import { SignInAgain } from '@/components/oauth/sign-in-again'
import { AuthCard } from '@/components/shell/auth-card'
import { Notice } from '@/components/ui/notice'
import { TextLink } from '@/components/ui/text-link'
import { requireUser } from '@/lib/auth'
import { interactionCookie, readInteraction } from '@/lib/oauth/interaction'
import { signInAgainAction } from './actions'

export const metadata: Metadata = { title: 'Allow access' }

type Props = {
  params: Promise<{ uid: string }>
  searchParams: Promise<{ problem?: string | string[]; project?: string | string[] }>
}

/** What went wrong with a decision, by the word that its route put into the address. */
const problems = {
  project: 'Choose the project this is for.',
  account: 'You have changed accounts since this page was shown. Look at the request again.',
}

/** Consent: who asks, for what, and as whom one would allow it. */
export default async function InteractionPage({ params, searchParams }: Props) {
  const { uid } = await params
  const { problem, project } = await searchParams
  const here = `/interaction/${encodeURIComponent(uid)}`
  const user = await requireUser(here)
  const request = await readInteraction(user, uid, (await cookies()).get(interactionCookie)?.value)
  if (!request) {
    return (
      <AuthCard title="This request is over" footer={<TextLink href="/connections">See what has access</TextLink>}>
        <p>
          It was answered already, is more than an hour old, or was begun in another browser. Go back to the app and
          start again.
        </p>
      </AuthCard>
    )
  }
  if (request.mustSignInAgain) {
    return (
      <AuthCard title={`${request.client.name} asks you to sign in again`}>
        <p className="mb-4">It wants to be sure that it is still you. You are signed in as {user.email}.</p>
        <SignInAgain next={here} label="Sign in again" action={signInAgainAction} />
      </AuthCard>
    )
  }
  return (
    <ConsentForm
      request={request}
      project={project}
      action={`${here}/decision`}
      user={{ id: user.userId, name: user.name, email: user.email }}
      otherAccount={<SignInAgain next={here} label="Use another account" quiet action={signInAgainAction} />}
      problem={
        typeof problem === 'string' && (
          <Notice tone="danger">{problem === 'project' ? problems.project : problems.account}</Notice>
        )
      }
    />
  )
}

import type { Metadata } from 'next'
import { ConsentForm } from '@/components/oauth/consent-form'
import { SignInAgain } from '@/components/oauth/sign-in-again'
import { AuthCard } from '@/components/shell/auth-card'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { TextLink } from '@/components/ui/text-link'
import { requireUser } from '@/lib/auth'
import { isFailure } from '@/lib/errors'
import { readDevice } from '@/lib/oauth/device'
import { signInAgainAction } from '../interaction/[uid]/actions'
import { decideDeviceAction } from './actions'

export const metadata: Metadata = { title: 'Connect a device' }

type Query = Record<'user_code' | 'done' | 'problem' | 'project', string | string[] | undefined>

/** Where a device without a browser sends its person (RFC 8628, 3.3): the code it shows, then consent. */
export default async function DevicePage({ searchParams }: { searchParams: Promise<Query> }) {
  const { user_code: userCode, done, problem, project } = await searchParams
  if (done === 'allowed' || done === 'denied') return <Done allowed={done === 'allowed'} />
  const code = typeof userCode === 'string' ? userCode.slice(0, 40) : ''
  const here = code ? `/device?user_code=${encodeURIComponent(code)}` : '/device'
  const user = await requireUser(here)
  const { device, refusal } = code ? await read(user, code) : { device: null, refusal: null }
  if (!device) {
    return (
      <AuthCard title="Connect a device" description="Type the code that the device shows.">
        <form className="flex flex-col gap-4">
          {refusal && <Notice tone="danger">{refusal}</Notice>}
          <Field label="Code" name="user_code">
            <Input
              defaultValue={code}
              placeholder="ABCD-EFGH"
              autoComplete="one-time-code"
              autoCapitalize="characters"
              spellCheck={false}
              required
              className="font-mono uppercase tracking-widest"
            />
          </Field>
          <Button type="submit" variant="primary">
            Continue
          </Button>
        </form>
      </AuthCard>
    )
  }
  return (
    <ConsentForm
      request={device}
      project={project}
      action={decideDeviceAction}
      user={{ id: user.userId, name: user.name, email: user.email }}
      otherAccount={<SignInAgain next={here} label="Use another account" quiet action={signInAgainAction} />}
      problem={
        problem ? (
          <Notice tone="danger">
            {problem === 'project' ? 'Choose the project this is for.' : 'Look at the request again.'}
          </Notice>
        ) : (
          <Notice tone="warn">
            Allow this only if the device in front of you shows the code{' '}
            <strong className="whitespace-nowrap font-mono font-semibold">{device.userCode}</strong>. If somebody sent
            it to you, deny.
          </Notice>
        )
      }
    >
      <input type="hidden" name="user_code" value={device.userCode} />
    </ConsentForm>
  )
}

async function read(user: Parameters<typeof readDevice>[0], code: string) {
  try {
    const device = await readDevice(user, code)
    return {
      device,
      refusal: device ? null : 'No device waits with this code. Check it, or start again on the device.',
    }
  } catch (error) {
    if (isFailure(error)) return { device: null, refusal: error.message }
    throw error
  }
}

function Done({ allowed }: { allowed: boolean }) {
  return (
    <AuthCard
      title={allowed ? 'The device is connected' : 'The device was turned away'}
      footer={<TextLink href="/connections">See what has access</TextLink>}
    >
      <p>
        {allowed ? 'It goes on by itself within a few seconds. You can close this page.' : 'Nothing was given to it.'}
      </p>
    </AuthCard>
  )
}

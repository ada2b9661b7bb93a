'use client'

import { Button, buttonClass } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'

type ExternalButtonsProps = {
  providers: readonly { id: string; name: string }[]
  /** What to do with it: "Continue with", "Link". */
  verb: string
  next: string
  signInElsewhereAction: FormAction
}

/** One button for each site that people can sign in with. */
export function ExternalButtons({ providers, ...button }: ExternalButtonsProps) {
  return providers.map((provider) => <ExternalButton key={provider.id} {...provider} {...button} />)
}

type ExternalButtonProps = Omit<ExternalButtonsProps, 'providers'> & ExternalButtonsProps['providers'][number]

function ExternalButton({ id, name, verb, next, signInElsewhereAction }: ExternalButtonProps) {
  const { form, problem, leave, pending } = useForm(signInElsewhereAction)
  return (
    <form {...form} className="flex flex-col gap-3">
      {problem}
      <input type="hidden" name="provider" value={id} />
      <input type="hidden" name="next" value={next} />
      {leave ? (
        // A form may not lead away from this site, not even by a redirect; without scripts the page itself goes on.
        <>
          <meta httpEquiv="refresh" content={`0;url=${leave}`} />
          <a href={leave} className={buttonClass()}>
            Go on to {name}
          </a>
        </>
      ) : (
        <Button type="submit" pending={pending} pendingLabel={`Going to ${name}`}>
          {verb} {name}
        </Button>
      )}
    </form>
  )
}

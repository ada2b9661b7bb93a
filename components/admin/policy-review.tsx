import { Button } from '@/components/ui/button'
import { Fact, Facts } from '@/components/ui/card'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { countText } from '@/components/ui/words'
import { fieldWords } from '@/lib/audit/words'
import type { Breaches } from '@/lib/keys/list-breaches'
import type { Policy, PolicyField } from '@/lib/policy/input'
import { type PolicyRule, policyRules } from '@/lib/policy/rules'

const SHOWN = 8

/** Asks before the policy changes: what changes, and which keys that work would break it. */
export function PolicyReview({
  open,
  pending,
  policy,
  change,
  breaches,
  onClose,
  onConfirm,
}: {
  open: boolean
  pending: boolean
  policy: Policy
  change: Partial<Policy>
  breaches: Breaches
  onClose: () => void
  onConfirm: () => void
}) {
  const broken = policyRules.filter((rule) => breaches.counts[rule] > 0)
  const { looked, all, keys } = breaches
  const among = all ? '' : ` Of the newest ${looked.toLocaleString('en-US')} keys; the list of all can be downloaded.`
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      title="Change policy"
      description="For every project of this site, from the next act on."
    >
      <DialogBody>
        <Facts>
          {(Object.keys(change) as PolicyField[]).map((field) => (
            <Fact key={field} name={fieldWords[field] ?? field}>
              {shown(policy[field])} <span aria-hidden="true">→</span>
              <span className="sr-only">becomes</span> <strong>{shown(change[field])}</strong>
            </Fact>
          ))}
        </Facts>
        {change.idleDays != null && breaches.counts.idle > 0 && (
          <Notice tone="warn" title={`${countText(breaches.counts.idle, 'key')} will be revoked within six hours`}>
            Not used for {change.idleDays} days or more.
          </Notice>
        )}
        {broken.length === 0 ? (
          <p>No key that works breaks the policy then.{among}</p>
        ) : (
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold">Keys that break it then</h3>
            <ul className="list-disc pl-5">
              {broken.map((rule) => (
                <li key={rule}>
                  {countText(breaches.counts[rule], 'key')} {words[rule]}
                </li>
              ))}
            </ul>
            <p className="text-quiet text-sm">They go on working until somebody changes or revokes them.{among}</p>
            <ul className="rounded-control border">
              {keys.slice(0, SHOWN).map((key) => (
                <li key={key.id} className="flex justify-between gap-4 border-b px-3 py-1.5 last:border-b-0">
                  <span className="wrap-anywhere min-w-0 font-semibold">{key.label}</span>
                  <span className="wrap-anywhere min-w-0 text-right text-quiet">{key.project.name}</span>
                </li>
              ))}
            </ul>
            {keys.length > SHOWN && <p className="text-quiet text-sm">And more.</p>}
          </section>
        )}
      </DialogBody>
      <DialogFooter>
        <DialogClose />
        <Button variant="primary" pending={pending} onClick={onConfirm}>
          Change policy
        </Button>
      </DialogFooter>
    </Dialog>
  )
}

const words: Record<PolicyRule, string> = {
  expiry: 'without expiry',
  lifetime: 'with more time left than a new one can have',
  thirdParty: 'without a third party',
  scopes: 'with a scope that people may not give',
  addresses: 'accepted from other addresses',
  room: 'beyond what a project may have',
  idle: 'idle for too long',
}

function shown(value: Policy[PolicyField] | undefined): string {
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'number' ? value.toLocaleString('en-US') : value
}

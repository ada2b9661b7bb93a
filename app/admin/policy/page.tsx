import { BreachesLink, PolicyForm } from '@/components/admin/policy-form'
import { PageHead } from '@/components/shell/page-head'
import { requireAdmin } from '@/lib/auth'
import type { PolicyField } from '@/lib/policy/input'
import { policyOfEnv, readPolicy } from '@/lib/policy/read'
import { adminTitle } from '../title'
import { changePolicyAction, previewPolicyAction } from './actions'

export const generateMetadata = adminTitle('Policy')

export default async function PolicyPage() {
  await requireAdmin()
  const policy = await readPolicy()
  return (
    <>
      <PageHead title="Policy" inTopBar action={<BreachesLink />}>
        What holds for every project of this site, whoever acts there.
      </PageHead>
      {/* Begins anew with the values that somebody else has set meanwhile. */}
      <PolicyForm
        key={JSON.stringify(policy)}
        policy={policy}
        locked={Object.keys(policyOfEnv()) as PolicyField[]}
        previewPolicyAction={previewPolicyAction}
        changePolicyAction={changePolicyAction}
      />
    </>
  )
}

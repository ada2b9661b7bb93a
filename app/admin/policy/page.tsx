import { Download } from 'lucide-react'
import { PolicyForm } from '@/components/admin/policy-form'
import { PageHead } from '@/components/shell/page-head'
import { buttonClass } from '@/components/ui/button'
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
      <PageHead
        title="Policy"
        action={
          // A download, not a page: the router must not fetch it ahead.
          <a href="/admin/policy/breaches" className={buttonClass()} download>
            <Download aria-hidden="true" className="size-4" />
            Keys that break it
          </a>
        }
      >
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

import type { NextRequest } from 'next/server'
import type { SessionActor } from '@/lib/actor'
import { actingAdmin } from '@/lib/auth'
import { csvLine } from '@/lib/csv'
import { beginExport } from '@/lib/exports/begin'
import { walkBreaches } from '@/lib/keys/list-breaches'
import type { Policy } from '@/lib/policy/input'
import { readPolicy } from '@/lib/policy/read'
import { download } from '../../download'
import { sureFirst } from '../../sure-first'

/** All keys that break the policy of now, as CSV, each with the rules that it breaks. */
export async function GET(request: NextRequest): Promise<Response> {
  const user = await actingAdmin()
  await sureFirst(request, beginExport(user, 'violations'))
  return download('keys-against-policy.csv', 'text/csv', lines(user, await readPolicy()))
}

async function* lines(user: SessionActor, policy: Policy): AsyncGenerator<string> {
  yield csvLine(['Id', 'Label', 'Project', 'Expires', 'Breaks'])
  for await (const breaches of walkBreaches(user, policy)) {
    const part = breaches.map(({ id, label, project, expiresAt, rules }) =>
      csvLine([id, label, project.slug, expiresAt, rules.join(' ')]),
    )
    yield part.join('')
  }
}

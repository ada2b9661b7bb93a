'use client'

import { useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/dialog'
import { Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { RelativeTime, TimeOrNever } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { countText } from '@/components/ui/words'
import type { AppGrant } from '@/lib/apps/grants'
import type { EndGrantAction } from './app-actions'

/** The people that an app is connected to. Its project can end a grant, but never sees a token. */
export function AppPeople({
  app,
  grants,
  canWrite,
  endGrantAction,
}: {
  app: { id: string; name: string; people: number }
  grants: AppGrant[]
  canWrite: boolean
  endGrantAction: EndGrantAction
}) {
  const [ending, setEnding] = useState<AppGrant | null>(null)
  const [open, setOpen] = useState(false)
  const [pending, act] = useAct()

  const end = (grant: AppGrant) =>
    act(async () => {
      const { error } = await ask(endGrantAction({ clientId: app.id, grantId: grant.id }))
      setOpen(false)
      if (error) toast.error(error.message)
      else toast.success(`${app.name} lost access to ${grant.person.name}.`)
    })
  return (
    <Card
      title={app.people === 0 ? 'People' : countText(app.people, 'person', 'people')}
      description={grants.length < app.people ? `The latest ${grants.length}.` : undefined}
      className="lg:col-span-2"
      flush={grants.length > 0}
    >
      {grants.length === 0 ? (
        <p className="text-quiet">Nobody has given this app access yet.</p>
      ) : (
        <div className="px-2 pb-1 @max-[40rem]:py-2">
          <Table label="People">
            <Thead>
              <Th>Person</Th>
              <Th minor>May</Th>
              <Th>Since</Th>
              <Th>Last used</Th>
              {canWrite && <Th hideLabel>End access</Th>}
            </Thead>
            <Tbody>
              {grants.map((grant) => (
                <Tr key={grant.id}>
                  <Td className="font-semibold">{grant.person.name}</Td>
                  <Td label="May" minor className="whitespace-normal! font-mono text-sm">
                    {grant.scopes.join(' ')}
                  </Td>
                  <Td label="Since">
                    <RelativeTime value={grant.grantedAt} />
                  </Td>
                  <Td label="Last used">
                    <TimeOrNever value={grant.lastUsedAt} none="Never used" />
                  </Td>
                  {canWrite && (
                    <Td className="text-right">
                      <Button
                        size="sm"
                        aria-label={`End access for ${grant.person.name}`}
                        onClick={() => {
                          setEnding(grant)
                          setOpen(true)
                        }}
                      >
                        End access
                      </Button>
                    </Td>
                  )}
                </Tr>
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      {ending && (
        <ConfirmDialog
          open={open}
          onClose={() => setOpen(false)}
          title="End access"
          confirmLabel="End access"
          destructive
          pending={pending}
          onConfirm={() => end(ending)}
        >
          {app.name} stops acting for {ending.person.name} at once. To go on, it has to ask them again.
        </ConfirmDialog>
      )}
    </Card>
  )
}

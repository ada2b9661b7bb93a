import { Fact, Facts } from '@/components/ui/card'
import { DateText } from '@/components/ui/time'
import { type Scope, scopeSentences } from '@/lib/scopes'
import { envFile } from './env-file'
import { Holder } from './holder'
import type { KeyRow } from './key-row'
import { OverlapText } from './overlap-text'
import { RevealDialog } from './reveal-dialog'

/** Shows the secret of a key that was just made or regenerated. */
export function RevealKeyDialog({
  row,
  secret,
  regenerated,
  appUrl,
  onWipe,
  onClosed,
}: {
  row: KeyRow
  secret: string
  regenerated: boolean
  appUrl: string
  onWipe: () => void
  onClosed: () => void
}) {
  return (
    <RevealDialog
      title="Save your key"
      description={<Holder row={row} />}
      label="API key"
      secret={secret}
      file={() => envFile(row.label, row.thirdParty?.name, secret)}
      command={`curl -H "Authorization: Api-Key ${secret}" ${appUrl}/api/v1/me`}
      facts={
        <Facts>
          <Fact name="May">
            {row.scopes.length === 0
              ? 'Say who it is, no more'
              : row.scopes.map((scope) => (
                  <span key={scope} className="block">
                    {scopeSentences[scope as Scope] ?? scope}
                  </span>
                ))}
          </Fact>
          <Fact name="Until">
            {row.expiresAt ? <DateText value={row.expiresAt} /> : 'Somebody revokes it; it has no date'}
          </Fact>
          {regenerated && (
            <Fact name="Before it">
              {row.overlap ? <OverlapText overlap={row.overlap} /> : 'Old secret stopped working.'}
            </Fact>
          )}
        </Facts>
      }
      storedLabel="I have stored this key"
      another="Without it, regenerate the key to get a new one."
      focusAfter={() => document.getElementById(`key-${row.id}`)?.querySelector('a') ?? null}
      onWipe={onWipe}
      onClosed={onClosed}
    >
      Store it where {row.thirdParty?.name ?? 'its holder'} reads it.
    </RevealDialog>
  )
}

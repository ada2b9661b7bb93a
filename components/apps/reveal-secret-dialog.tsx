import { settingsFile } from '@/components/keys/env-file'
import { RevealDialog } from '@/components/keys/reveal-dialog'
import { Fact, Facts } from '@/components/ui/card'
import { ClockTime } from '@/components/ui/time'
import { AppLine } from './app-line'
import type { AppRow } from './app-row'

/** Shows the secret of an app that was just registered, or whose secret was just rotated. */
export function RevealSecretDialog({
  row,
  secret,
  appUrl,
  onWipe,
  onClosed,
}: {
  row: AppRow
  secret: string
  appUrl: string
  onWipe: () => void
  onClosed: () => void
}) {
  const old = row.secrets[1]?.endsAt
  return (
    <RevealDialog
      title="Save your client secret"
      description={<AppLine row={row} />}
      label="Client secret"
      secret={secret}
      file={() => settingsFile(row.name, undefined, { LATCHKEY_CLIENT_ID: row.id, LATCHKEY_CLIENT_SECRET: secret })}
      command={tryCommand(row, secret, appUrl)}
      facts={
        <Facts>
          <Fact name="Client id">
            <code className="font-mono text-sm">{row.id}</code>
          </Fact>
          {old && (
            <Fact name="Before it">
              Old secret works until <ClockTime value={old} />.
            </Fact>
          )}
        </Facts>
      }
      storedLabel="I have stored this secret"
      another="Without it, rotate the secret to get a new one."
      focusAfter={() => document.getElementById(`app-${row.id}`)?.querySelector('a') ?? null}
      onWipe={onWipe}
      onClosed={onClosed}
    >
      Store it where {row.name} reads it, and nowhere that its users can look into.
    </RevealDialog>
  )
}

/** A machine gets a token by it. Of any other app it shows that the server knows the secret: the made-up token is none. */
const tryCommand = ({ id, grantTypes }: AppRow, secret: string, appUrl: string): string =>
  grantTypes.includes('client_credentials')
    ? `curl -u ${id}:${secret} -d grant_type=client_credentials ${appUrl}/oauth/token`
    : `curl -u ${id}:${secret} -d token=none ${appUrl}/oauth/introspect`

import { countText } from '@/components/ui/words'
import { type AppKind, DEVICE_CODE, type GrantType } from '@/lib/apps/input'
import type { AppRow } from './app-row'

export const kindWords: Record<AppKind, string> = { web: 'Web app', native: 'Native app', machine: 'Machine' }

/** What each way to a token is, in plain words. */
export const grantTypeWords: Record<GrantType, string> = {
  authorization_code: 'Ask people in their browser',
  refresh_token: 'Stay connected without asking again',
  client_credentials: 'Act for itself',
  [DEVICE_CODE]: 'Ask people on another device, by a code',
  password: 'Take passwords of people',
}

/** The mark beside a name: verified or plainly not, and whether it is the site's own. */
export const markWords = ({ verified, firstParty }: Pick<AppRow, 'verified' | 'firstParty'>): string =>
  [firstParty && 'This site’s own', verified ? 'Verified' : 'Not verified'].filter(Boolean).join(' · ')

/** "3600 seconds" as people say it: the largest unit that it is a whole number of. */
export function durationWords(seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, 'second']
  return countText(seconds / size, unit)
}

const units: [number, string][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]

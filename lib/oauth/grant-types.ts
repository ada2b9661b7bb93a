import 'server-only'
import { env } from '@/lib/env'
import type { Client } from './clients'

/** Whether an app may sign people in by their password: where the site allows it at all, and only its own apps. */
export const passwordGrantType = ({ isFirstParty, grantTypes }: Client): boolean =>
  env().OAUTH_PASSWORD_GRANT && isFirstParty && grantTypes.includes('password')

import { Failure } from '@/lib/errors'
import { type AppSettings, type Lifetime, lifetimeProblems, settingsProblems } from './input'

/**
 * @param set the lifetimes that are set to something else than they were
 * @throws Failure `validation_failed`, naming each setting that does not fit the others
 */
export function requireSettings(app: AppSettings, set: readonly Lifetime[]): void {
  const errors = settingsProblems(app) ?? lifetimeProblems(set, app.grantTypes)
  if (!errors) return
  const [first = 'Some fields are not right.'] = Object.values(errors).flat()
  throw new Failure('validation_failed', first, { errors })
}

import { Failure } from '@/lib/errors'
import { type AppSettings, settingsProblems } from './input'

/** @throws Failure `validation_failed`, naming each setting that does not fit the others */
export function requireSettings(app: AppSettings): void {
  const errors = settingsProblems(app)
  if (!errors) return
  const [first = 'Some fields are not right.'] = Object.values(errors).flat()
  throw new Failure('validation_failed', first, { errors })
}

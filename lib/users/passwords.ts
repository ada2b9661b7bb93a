import 'server-only'
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english, translations } from '@zxcvbn-ts/language-en'
import { invalidField } from '@/lib/errors'
import { once } from '@/lib/runtime'
import { hash, nobodysHash, verify } from './argon2'
import { MAX_PASSWORD, MIN_PASSWORD, MIN_PASSWORD_OF_TWO } from './input'

/** Hashes a password that `checkPassword` let pass, kept exactly: neither trimmed nor normalised. */
export async function hashPassword(password: string, steps: Steps = {}): Promise<string> {
  const problem = lengthProblem(password, steps)
  if (problem) throw invalidField('password', problem)
  return hash(password)
}

/**
 * True when the stored hash was made of `password`. Pass null when there is no such person, or one without a password:
 * the answer is false and took the same work, so that time does not tell which addresses are known.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > 2 * MAX_PASSWORD) return false
  return verify(passwordHash ?? nobodysHash, password)
}

/** Whose password it is going to be. */
interface Person {
  email: string
  name: string
}

/** Whether signing in takes a second factor besides: then a shorter password will do. */
interface Steps {
  secondFactor?: boolean
}

/** Null for a password that will do; otherwise a sentence saying why it will not. Takes up to 50 ms. */
export function checkPassword(password: string, person: Person, steps: Steps = {}): string | null {
  return lengthProblem(password, steps) ?? nameProblem(password, person) ?? guessProblem(password, person, steps)
}

/** Lengths are in code points: an emoji counts for what a person typed, not for how it is encoded. */
function lengthProblem(password: string, { secondFactor }: Steps): string | null {
  if (password.length > 2 * MAX_PASSWORD) return tooLong
  const length = [...password].length
  if (length > MAX_PASSWORD) return tooLong
  const least = secondFactor ? MIN_PASSWORD_OF_TWO : MIN_PASSWORD
  if (length < least) return `Password has ${length} characters. Use at least ${least}.`
  // It has no UTF-8 form, so that it would be stored as something else.
  return /\p{Cs}/u.test(password) ? 'Password contains half of a character. Type it again.' : null
}

const tooLong = `Password is too long. Use at most ${MAX_PASSWORD} characters.`

function nameProblem(password: string, { email, name }: Person): string | null {
  const [local = '', domain = ''] = email.split('@')
  const names = [product, local, domain, name, ...pieces(local), ...pieces(name)]
  // Shorter ones stand in too many words; for them see `guessProblem`, which counts them as known to a guesser.
  const found = names.find((name) => bare(name).length >= 5 && bare(password).includes(bare(name)))
  return found ? `Password contains "${found}". Leave out your own names and that of this product.` : null
}

const product = 'latchkey'
const pieces = (text: string) => text.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
const bare = (text: string) => pieces(text.normalize('NFKC').toLowerCase()).join('')

function guessProblem(password: string, { email, name }: Person, { secondFactor }: Steps): string | null {
  const { score, feedback } = guesser().check(password, [product, email, name, ...pieces(email), ...pieces(name)])
  // 4 is more than 10^10 guesses: three years on one core at what a hash costs. 2 is more than 10^6: at the limits on
  // guesses years too, and as good as eight characters can be counted to be.
  if (score >= (secondFactor ? 2 : 4)) return null
  const reason = feedback.warning ?? 'Common words, names and dates with little else are easy to guess.'
  return `${reason} Choose four or more unrelated words.`
}

const userInputs = 'Your own names and that of this product are easy to guess.'

/** Made on first use, since it takes 0.1 s and 25 MB. Both limits keep a hostile password below 50 ms. */
const guesser = () =>
  once(
    'password-guesser',
    () =>
      new ZxcvbnFactory({
        dictionary: { ...common, ...english },
        graphs: adjacencyGraphs,
        translations: { ...translations, warnings: { ...translations.warnings, userInputs } },
        maxLength: 64,
        l33tMaxSubstitutions: 4,
      }),
  )

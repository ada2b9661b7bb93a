import { checksum } from './checksum'
import { Concealed, type Secret } from './concealed'
import { type Kind, prefix, publicIdLength, secretLength } from './format'
import { randomBase62 } from './random'

/**
 * Makes a credential: `<prefix>_<12 characters of public id>_<43 of secret><6 of checksum>`. The secret carries 256
 * bits, since 62^43 > 2^256. That the public id is new is for the database's unique index to say.
 */
export function mint(kind: Kind, brand: string): { publicId: string; credential: Secret } {
  const random = randomBase62(publicIdLength + secretLength)
  const publicId = random.slice(0, publicIdLength)
  const body = `${prefix(kind, brand)}_${publicId}_${random.slice(publicIdLength)}`
  return { publicId, credential: new Concealed('secret', body + checksum(body)) }
}

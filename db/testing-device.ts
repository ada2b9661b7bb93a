import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { env } from '@/lib/env'

/** A device that keeps one passkey, as far as the server sees it (WebAuthn level 3, 6.1 and 6.5). */
export class Device {
  readonly id = randomBytes(16)
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  counter = 0

  register(challenge: string, at = env().APP_URL): RegistrationResponseJSON {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ])
    const length = Buffer.from([0, this.id.length])
    const data = Buffer.concat([this.#data(0x45), Buffer.alloc(16), length, this.id, cose])
    const attestationObject = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
      Buffer.from([data.length]),
      data,
    ])
    return {
      ...this.#named(),
      response: {
        clientDataJSON: clientData('webauthn.create', challenge, at),
        attestationObject: attestationObject.toString('base64url'),
      },
    }
  }

  /** @param verified whether it has asked its owner for a finger or a PIN */
  answer(challenge: string, { verified = true, at = env().APP_URL } = {}): AuthenticationResponseJSON {
    this.counter += 1
    const data = this.#data(verified ? 0x05 : 0x01)
    const clientDataJSON = clientData('webauthn.get', challenge, at)
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    return {
      ...this.#named(),
      response: {
        clientDataJSON,
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, hash]), this.#keys.privateKey).toString('base64url'),
      },
    }
  }

  #data(flags: number): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    return Buffer.concat([
      createHash('sha256').update(new URL(env().APP_URL).hostname).digest(),
      Buffer.from([flags]),
      counter,
    ])
  }

  #named() {
    const id = this.id.toString('base64url')
    return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {} }
  }
}

const clientData = (type: string, challenge: string, at: string) =>
  Buffer.from(JSON.stringify({ type, challenge, origin: at })).toString('base64url')

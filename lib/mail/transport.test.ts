import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerEnvelope } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { forget } from '@/lib/runtime'
import { deliver, isFinal, type Outgoing } from './transport'

const mail: Outgoing = {
  id: 'abc',
  kind: 'reset_password',
  createdAt: new Date('2026-11-22T14:20:00Z'),
  to: { name: 'Ada, <evil@example.com>', address: 'ada@example.com' },
  subject: 'Set a new password',
  text: 'Text',
  html: '<p>Text</p>',
}

let stop = () => {}
afterEach(() => {
  stop()
  delete process.env.SMTP_URL
})

/** A mail server that knows no encryption, as the one that mail is handed to, reached as `host`. */
async function serve(host: string, refuse?: Error) {
  const seen = { passwords: [] as string[], envelopes: [] as SMTPServerEnvelope[], texts: [] as string[] }
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => {
      seen.passwords.push(String(password))
      done(null, { user: username })
    },
    onRcptTo: (_address, _session, done) => done(refuse),
    onData: async (stream, session, done) => {
      seen.envelopes.push(session.envelope)
      seen.texts.push(Buffer.concat(await stream.toArray()).toString())
      done()
    },
  })
  server.on('error', () => {})
  server.listen(0, '0.0.0.0')
  await once(server.server, 'listening')
  stop = () => server.close()
  process.env.SMTP_URL = `smtp://user:hunter2@${host}:${(server.server.address() as AddressInfo).port}`
  for (const name of ['env', 'mail-transport']) forget(name)
  return seen
}

test('threat 66: a mail has one recipient, whatever the name says, and the id of its row', async () => {
  const seen = await serve('127.0.0.1')
  await deliver(mail)
  expect(seen.envelopes).toMatchObject([
    { mailFrom: { address: 'no-reply@localhost' }, rcptTo: [{ address: 'ada@example.com' }] },
  ])
  expect(seen.texts[0]).toContain('Message-ID: <abc@localhost>')
  expect(seen.texts[0]).toContain('Auto-Submitted: auto-generated')
})

test('a password goes to another machine only when the way is encrypted', async () => {
  const local = await serve('127.0.0.1')
  await deliver(mail)
  expect(local.passwords).toEqual(['hunter2'])
  stop()
  // This machine by a name that is not known to be it.
  const other = await serve('0.0.0.0')
  await expect(deliver(mail)).rejects.toThrow(/STARTTLS/)
  expect(other).toMatchObject({ passwords: [], texts: [] })
})

test('a server that does not know the recipient has said so for good; a busy one has not', async () => {
  for (const [code, final] of [
    [550, true],
    [450, false],
  ] as const) {
    await serve('127.0.0.1', Object.assign(new Error('no'), { responseCode: code }))
    const error = await deliver(mail).catch((reason: unknown) => reason)
    expect(isFinal(error)).toBe(final)
    stop()
  }
})

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { freePort } from '../scripts/free-port'
import { test as base } from './test'

/** How long a mail may take, in ms: the sender's longest wait in these tests, and what it does then. */
const WAIT_MS = 30_000

/** A mail server on loopback that keeps what it is sent, and can be away for a while. */
async function startMailServer() {
  const port = await freePort()
  const mails: Email[] = []
  let holding: ((mail: Email) => void) | null = null
  const take = async (mail: Email) => {
    mails.push(mail)
    if (!holding) return
    holding(mail)
    holding = null
    await new Promise(() => {})
  }
  let server = await listen(port, take)
  const to = (address: string) => mails.filter((mail) => mail.to?.some((each) => each.address === address))
  return {
    url: `smtp://127.0.0.1:${port}`,
    /** Nobody answers from now on. */
    leave: () => close(server),
    comeBack: async () => {
      server = await listen(port, take)
    },
    /** The next mail is taken in whole and never answered. Resolves when it is there. */
    hold: () => new Promise<Email>((resolve) => (holding = resolve)),
    /** All mails that have come to an address. */
    to,
    /** The mail to an address whose subject begins so, once it is there, and the path of the first link in it. */
    async receive(address: string, subject: string): Promise<{ mail: Email; path: string }> {
      for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(100)) {
        const mail = to(address).findLast((each) => each.subject?.startsWith(subject))
        if (!mail) continue
        const link = /https?:\/\/\S+/.exec(mail.text ?? '')
        const { pathname, search } = new URL(link?.[0] ?? '/', 'http://localhost')
        return { mail, path: pathname + search }
      }
      const came = to(address).map((mail) => mail.subject)
      throw new Error(`No mail "${subject}" came to ${address}; only: ${came.join(', ')}`)
    },
    stop: () => close(server),
  }
}

export type MailServer = Awaited<ReturnType<typeof startMailServer>>

/** `test` with a mail server, which the server under test sends its mail to. */
export const test = base.extend<object, { mailServer: MailServer }>({
  mailServer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is wanted.
    async ({}, use) => {
      const server = await startMailServer()
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
  serverEnv: [async ({ mailServer }, use) => use({ SMTP_URL: mailServer.url }), { scope: 'worker' }],
})

async function listen(port: number, take: (mail: Email) => Promise<void>): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: async (stream, _session, done) => {
      await take(await PostalMime.parse(Buffer.concat(await stream.toArray())))
      done()
    },
  })
  // A sender that is killed leaves in the middle.
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}

const close = (server: SMTPServer) => new Promise<void>((resolve) => server.close(() => resolve()))

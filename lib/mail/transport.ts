import 'server-only'
import { mkdirSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createTransport } from 'nodemailer'
import { env } from '@/lib/env'
import { once } from '@/lib/runtime'

/** A mail as it goes out. */
export interface Outgoing {
  id: string
  kind: string
  createdAt: Date
  to: { name: string; address: string }
  subject: string
  text: string
  html: string
}

/** What hands a mail on. Throws when it could not; `isFinal` says whether trying again is of any use. */
type Deliver = (mail: Outgoing) => Promise<void>

/** How long a mail server may take for each step, in ms. */
const STEP_MS = 10_000

/** The folder that holds mail as files where no mail server is named. */
export const outboxFolder = () => join(resolve(env().DATA_DIR), 'outbox')

/** Hands mail to the mail server of `SMTP_URL`, or without one to a file of `DATA_DIR/outbox`. */
export const deliver: Deliver = (mail) =>
  once('mail-transport', () => {
    const { SMTP_URL } = env()
    return SMTP_URL ? bySmtp(SMTP_URL) : asFiles(outboxFolder())
  })(mail)

/**
 * Whether the server refused this one mail for good: its recipient or its content (RFC 5321, 4.2.1). A refused sender or
 * password is a matter of settings, and passes once they are right.
 */
export function isFinal(error: unknown): boolean {
  const { command, responseCode = 0 } = error as { command?: string; responseCode?: number }
  return (command === 'RCPT TO' || command === 'DATA') && responseCode >= 500
}

function bySmtp(url: string): Deliver {
  const server = new URL(url)
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(server.hostname)
  const settings = {
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: 2 * STEP_MS,
    // Encrypted wherever the server offers it; and a password never goes out in the clear.
    ...(server.username && !loopback && { requireTLS: true }),
  }
  // Into the URL, since with one the library reads its settings from there alone. What the operator set stays.
  for (const [name, value] of Object.entries(settings)) {
    if (!server.searchParams.has(name)) server.searchParams.set(name, String(value))
  }
  const transport = createTransport(server.href)
  return async (mail) => {
    await transport.sendMail(messageOf(mail))
  }
}

/** One file for each mail. Its name is the mail's own, so that one written twice is there once. */
function asFiles(folder: string): Deliver {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const transport = createTransport({ streamTransport: true, buffer: true })
  return async (mail) => {
    const message = messageOf(mail)
    // In the body lines are broken, and links with them; here one can take it from the file by hand.
    const headers = { ...message.headers, 'X-Latchkey-Link': /https?:\S+/.exec(mail.text)?.[0] ?? '' }
    const built = await transport.sendMail({ ...message, headers })
    const time = mail.createdAt.toISOString().replace(/\.\d+/, '').replaceAll(':', '')
    const file = join(folder, `${time}-${mail.kind}-${mail.id}.eml`)
    // Whole or not at all, for whoever watches the folder.
    await writeFile(`${file}.part`, built.message as Buffer, { mode: 0o600 })
    await rename(`${file}.part`, file)
  }
}

function messageOf({ id, createdAt, to, subject, text, html }: Outgoing) {
  const { MAIL_FROM } = env()
  return {
    from: MAIL_FROM,
    to,
    envelope: { from: MAIL_FROM.address, to: [to.address] },
    // Stable, so that a mail that had to be sent twice is seen to be one.
    messageId: `<${id}@${MAIL_FROM.address.split('@')[1]}>`,
    date: createdAt,
    subject,
    text,
    html,
    disableFileAccess: true,
    disableUrlAccess: true,
    // So that nobody's out-of-office answer comes back (RFC 3834, 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

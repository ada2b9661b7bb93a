import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'

/** Bytes; far more than any password may have. */
const maxInput = 64 * 1024

/**
 * A password from standard input, so that it need not stand in the list of processes: asked for without echo on a
 * terminal, else everything up to the end, less one line break there. Passwords are otherwise kept exactly.
 */
export async function readPassword(input: Readable & { isTTY?: boolean }): Promise<string> {
  if (input.isTTY) return await ask(input)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > maxInput) throw new Error('The password on standard input is too long.')
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

async function ask(input: Readable): Promise<string> {
  // Readline echoes what is typed to its output.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input, output: nowhere, terminal: true })
  // Only now: the interface has turned off the terminal's own echo.
  process.stderr.write('Password: ')
  const interrupted = new Promise<never>((_, fail) => {
    terminal.once('SIGINT', () => fail(new Error('No password was given.')))
    terminal.once('close', () => fail(new Error('No password was given.')))
  })
  try {
    return await Promise.race([terminal.question(''), interrupted])
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

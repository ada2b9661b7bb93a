import { once } from 'node:events'
import { resolve } from 'node:path'
import { CommanderError } from 'commander'
import { readPassword } from '@/lib/cli/password'
import { errorText, humanText } from '@/lib/cli/print'
import { parseArguments, type Typed } from '@/lib/cli/program'
import { parseRequest } from '@/lib/cli/request'
import { callCli } from '@/lib/cli/socket'

/** How long, in milliseconds, to wait for a process that holds the embedded database but does not listen (yet). */
const patience = 30_000

// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', () => {})
process.exitCode = await main(process.argv.slice(2))

/** Exit codes: 0 done, 1 the command failed, 2 wrong usage. */
async function main(args: string[]): Promise<number> {
  try {
    const typed = parseArguments(args, {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
    })
    if (typed.noun === 'audit' && typed.verb === 'export') return await exportAudit(typed)
    const result = await execute(await withPassword(typed))
    process.stdout.write(
      typed.json ? `${JSON.stringify(result ?? null)}\n` : humanText(`${typed.noun} ${typed.verb}`, result),
    )
    // So that a script needs to read nothing to know.
    return typed.noun === 'audit' && (result as { intact?: boolean }).intact === false ? 1 : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(errorText(error))
    return 1
  }
}

/** Page by page, since a log may be larger than memory. */
async function exportAudit({ options, ...typed }: Typed): Promise<number> {
  let after = Number(options.after ?? 0)
  for (;;) {
    const { data, nextCursor } = (await execute({ ...typed, options: { after } })) as {
      data: unknown[]
      nextCursor: string
    }
    if (data.length === 0) return 0
    const text = data.map((event) => `${JSON.stringify(event)}\n`).join('')
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    after = Number(nextCursor)
  }
}

async function withPassword(typed: Typed): Promise<Typed> {
  if (typed.noun !== 'users' || typed.verb !== 'create') return typed
  const { password = '-' } = typed.options
  return password === '-'
    ? { ...typed, options: { ...typed.options, password: await readPassword(process.stdin) } }
    : typed
}

/** Through the process that holds the embedded database where there is one, else in this process. */
async function execute({ noun, verb, options }: Typed): Promise<unknown> {
  const request = parseRequest({ noun, verb, options })
  const dataDir = process.env.DATABASE_URL ? null : resolve(process.env.DATA_DIR || '.data')
  const deadline = performance.now() + patience
  for (;;) {
    const answer = dataDir === null ? null : await callCli(dataDir, request)
    if (answer) return answer.result
    try {
      return await runHere(request)
    } catch (error) {
      // A server that is starting listens soon, and another command is done soon.
      if ((error as { code?: unknown }).code !== 'data_dir_locked' || performance.now() > deadline) throw error
      await new Promise((done) => setTimeout(done, 200))
    }
  }
}

/** Loads the database's code only when it is needed: most commands go through the socket. */
async function runHere(request: ReturnType<typeof parseRequest>): Promise<unknown> {
  const { beginCommands, runCommand, endCommands } = await import('@/lib/cli/run')
  try {
    await beginCommands()
    return await runCommand(request)
  } finally {
    await endCommands(request)
  }
}

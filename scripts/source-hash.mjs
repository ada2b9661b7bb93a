import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a build is made of. A build of other bytes is not a build of this source. */
const sources = [
  'app',
  'bin',
  'components',
  'db',
  'lib',
  'public',
  'scripts',
  'next.config.ts',
  'package-lock.json',
  'postcss.config.mjs',
  'server.ts',
  'tsconfig.json',
]

/** SHA-256 over names and contents of everything that goes into a build; tests left out. */
export function sourceHash() {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesOf).sort())
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function filesOf(path) {
  if (path.includes('.')) return [path]
  // git keeps no empty folders, so a fresh clone may lack one.
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

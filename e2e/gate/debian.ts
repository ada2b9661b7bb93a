import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './site'

export interface DebianProgram {
  file: string
  /** Where it finds the libraries that came with it. */
  env: Record<string, string>
}

const cache = join(root, 'node_modules/.cache/debian')

/**
 * A program out of Debian's (or Ubuntu's) packages: the machine's own, or else unpacked from the package into a cache.
 * Nothing is installed, so no service is started or left enabled, and no root is needed.
 *
 * @returns a sentence that says why not, where the program cannot be had
 */
export function debianProgram(name: 'nginx' | 'caddy' | 'redis-server'): DebianProgram | string {
  const own = ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find(existsSync)
  if (own) return { file: own, env: {} }
  const folder = join(cache, name)
  try {
    if (!existsSync(folder)) unpack(name, folder)
    const file = [join(folder, 'usr/sbin', name), join(folder, 'usr/bin', name)].find(existsSync)
    if (!file) return `${name}: the package of this system holds no such program`
    const libraries = join(folder, 'usr/lib')
    const own = existsSync(libraries) ? readdirSync(libraries).filter((each) => each.includes('linux')) : []
    return { file, env: { LD_LIBRARY_PATH: own.map((each) => join(libraries, each)).join(':') } }
  } catch (error) {
    return `${name}: cannot be had from Debian's packages here: ${(error as Error).message.split('\n')[0]}`
  }
}

/** Fetches the package and what it needs and this machine lacks, with lists of its own: apt's own belong to root. */
function unpack(name: string, folder: string): void {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('there is no apt-get')
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'work-'))
  for (const each of ['archives/partial', 'lists/partial', 'tree']) mkdirSync(join(work, each), { recursive: true })
  const options = [
    `Dir::Cache=${work}`,
    `Dir::State::lists=${work}/lists`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ]
  const apt = (...args: string[]) =>
    execFileSync('apt-get', [...options.flatMap((each) => ['-o', each]), '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  try {
    apt('update')
    apt('install', '-y', '--download-only', '--no-install-recommends', name)
    const archives = join(work, 'archives')
    for (const file of readdirSync(archives).filter((each) => each.endsWith('.deb'))) {
      execFileSync('dpkg-deb', ['-x', join(archives, file), join(work, 'tree')], { stdio: 'ignore' })
    }
    renameSync(join(work, 'tree'), folder)
  } catch (error) {
    // Another worker may have been quicker.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

import { execFileSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { chromium } from '@playwright/test'

/** Fit for containers (no sandbox as root, a small /dev/shm) and silent on the network. */
export const chromiumArgs = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking']

const debian = '/usr/bin/chromium'
const cache = join(import.meta.dirname, '../node_modules/.cache/chromium')
const cached = join(cache, 'chromium.sh')

/** The browser to test with, if this machine has one: `CHROMIUM_PATH`, Debian's, Playwright's own, the cached one. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH) {
    accessSync(CHROMIUM_PATH, constants.X_OK)
    return CHROMIUM_PATH
  }
  return [debian, chromium.executablePath(), cached].find(existsSync)
}

/** Finds the browser, or installs one: by apt as root on Debian and Ubuntu, else from npm. Throws when neither works. */
export function ensureChromium(): string {
  const found = findChromium()
  if (found) return found
  return installByApt() ?? installFromNpm()
}

function installByApt(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore', env })
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore', env })
  } catch {
    return undefined
  }
  // On Ubuntu the package is a stub for a snap and brings no browser.
  return existsSync(debian) ? debian : undefined
}

/**
 * A Chromium for headless use, with the libraries that a bare machine lacks, out of an npm package of 67 MB. It is no
 * dependency, since most machines never need it.
 */
function installFromNpm(): string {
  const name = '@sparticuz/chromium'
  mkdirSync(cache, { recursive: true })
  execFileSync(
    'npm',
    ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--prefix', cache, `${name}@153.0.0`],
    { stdio: 'ignore' },
  )
  const packed = join(cache, 'node_modules', name, 'bin')
  const binary = join(cache, 'chromium')
  writeFileSync(binary, brotliDecompressSync(readFileSync(join(packed, 'chromium.br'))))
  chmodSync(binary, 0o755)
  for (const [archive, folder] of [
    ['swiftshader', '.'],
    ['fonts', '.'],
    ['al2023', 'al2023'],
  ] as const) {
    mkdirSync(join(cache, folder), { recursive: true })
    const tar = brotliDecompressSync(readFileSync(join(packed, `${archive}.tar.br`)))
    execFileSync('tar', ['-x', '--no-same-owner', '-C', join(cache, folder)], { input: tar })
  }
  rmSync(join(cache, 'node_modules'), { recursive: true })
  writeLauncher(binary)
  return cached
}

/** The package's libraries and fonts come from another distribution: used only where the machine's own are missing. */
function writeLauncher(binary: string): void {
  const libraries = runs(binary) ? '' : `export LD_LIBRARY_PATH='${join(cache, 'al2023/lib')}'\n`
  const fonts = existsSync('/etc/fonts/fonts.conf') ? '' : `export FONTCONFIG_FILE='${join(cache, 'own-fonts.conf')}'\n`
  writeFileSync(
    join(cache, 'own-fonts.conf'),
    `<fontconfig><dir>${join(cache, 'fonts')}</dir><cachedir>${join(cache, 'font-cache')}</cachedir></fontconfig>\n`,
  )
  const draft = `${cached}.${process.pid}`
  writeFileSync(draft, `#!/bin/sh\n${libraries}${fonts}exec '${binary}' "$@"\n`)
  chmodSync(draft, 0o755)
  renameSync(draft, cached)
  if (!runs(cached)) throw new Error(`Chromium from npm does not run here. Install one and set CHROMIUM_PATH.`)
}

function runs(binary: string): boolean {
  try {
    execFileSync(binary, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

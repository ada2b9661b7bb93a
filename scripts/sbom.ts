import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Locked {
  dev?: boolean
  devOptional?: boolean
  devDependencies?: unknown
}

/**
 * `npm run sbom`: the software bill of materials of a release (SPDX 2.3), which names every dependency of production with
 * its version, licence and checksum. Read from the lock file, so it needs no network.
 *
 * `npm sbom --omit=dev` alone leaves out each package that some development tool needs too, such as zod. So it is asked
 * about a copy of the lock file from which development was taken out.
 */
export function sbom(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sbom-'))
  try {
    const root = join(folder, 'latchkey')
    mkdirSync(root)
    const { devDependencies: _, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
    lock.packages = Object.fromEntries(
      Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional),
    )
    delete lock.packages['']?.devDependencies
    writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock))
    const args = ['sbom', '--package-lock-only', '--sbom-format=spdx', '--sbom-type=application']
    return execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) process.stdout.write(sbom())

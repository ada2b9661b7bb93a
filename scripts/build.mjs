import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { bundleOptions, entryPoints, generateRouteTable } from './bundle.mjs'
import { sourceHash } from './source-hash.mjs'

const STAMP = 'dist/source-hash'

/** Builds the portal when there is no build of this very source. Next's build and the server's own bundles. */
export async function ensureBuild() {
  generateRouteTable()
  const hash = sourceHash()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return
  console.log('Building Latchkey (this takes about a minute, once) …')
  rmSync('dist', { recursive: true, force: true })
  buildPages()
  await bundle()
  mkdirSync('dist', { recursive: true })
  writeFileSync(STAMP, hash)
}

/** Bundles what runs outside Next: a second. The command line can be bundled alone, under a server that runs. */
export async function bundle(names = Object.keys(entryPoints)) {
  generateRouteTable()
  const wanted = Object.fromEntries(names.map((name) => [name, entryPoints[name]]))
  await build({ ...bundleOptions, entryPoints: wanted, outdir: 'dist' })
}

function buildPages() {
  const next = spawnSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
  if (next.status !== 0) throw new Error('next build failed')
}

if (process.argv[1] === import.meta.filename) await ensureBuild()

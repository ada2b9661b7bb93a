import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const API = 'app/api/v1'
const TABLE = 'lib/front/routes.generated.ts'

/** esbuild's settings for the server's own bundles. Pages are Next's to build. */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  tsconfig: 'tsconfig.json',
  sourcemap: true,
  logLevel: 'warning',
  // `server-only` throws outside React's server condition. In these bundles everything is server.
  alias: { 'server-only': './scripts/empty.mjs' },
}

/** Bundles and what they are made from. Routes are apart, so that development can load a changed one anew. */
export const entryPoints = { server: 'server.ts', routes: TABLE, latchkey: 'bin/latchkey.ts', gate: 'bin/gate.ts' }

/**
 * Writes the table of route modules, from the folder that Next routes by.
 *
 * @throws Error for folder names whose meaning only Next knows (groups, slots, catch-alls)
 */
export function generateRouteTable() {
  const routes = readdirSync(API, { recursive: true })
    .filter((file) => file.endsWith('route.ts'))
    .map((file) => `/${file}`.replace(/\/route\.ts$/, ''))
    .sort()
  for (const route of routes) {
    if (/[()@]|\.\.\./.test(route))
      throw new Error(`${API}${route}: groups, slots and catch-alls are not routed by the front`)
  }
  const imports = routes
    .map((route, index) => `import * as route${index} from '@/${join(API, route)}/route'\n`)
    .join('')
  const table = routes.map((route, index) => `  '${route}': route${index},\n`).join('')
  const text = `// Made by scripts/bundle.mjs from ${API}. Do not edit.\nimport type { Routes } from './route-table'\n${imports}\nexport const routes: Routes = {\n${table}}\n`
  writeFileSync(TABLE, text)
}

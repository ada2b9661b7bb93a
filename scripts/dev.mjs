// `npm run dev`: the same one process as in production, bundled on every change. Pages keep Next's hot reload; a changed
// route module is loaded anew in the running server; a change in the server's own code restarts it.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { watch } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { context } from 'esbuild'
import { bundleOptions, entryPoints, generateRouteTable } from './bundle.mjs'
import { loadEnvFile } from './env-file.mjs'

const OUT = 'dist/dev'
let server
let stopping = false

loadEnvFile()
generateRouteTable()
watch('app/api/v1', { recursive: true }, (_event, file) => {
  if (file === null || file.endsWith('route.ts')) tryTo(generateRouteTable)
})
// The routes are watched first, so that they are there when the server starts.
await watchBundle('routes', () => server?.connected && server.send('routes'))
await watchBundle('latchkey', () => {})
await watchBundle('server', restart)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true
    if (server) server.kill(signal)
    else process.exit()
  })
}

/** Bundles an entry point now and on every change; `changed` runs when the result is not the same as before. */
async function watchBundle(name, changed) {
  let last
  const onEnd = async ({ errors, outputFiles }) => {
    const hash =
      outputFiles &&
      createHash('sha256')
        .update(outputFiles.at(-1)?.contents ?? '')
        .digest('hex')
    if (errors.length > 0 || hash === last) return
    last = hash
    await writeFiles(outputFiles)
    changed()
  }
  const plugin = { name: 'changed', setup: (build) => build.onEnd(onEnd) }
  const options = { ...bundleOptions, entryPoints: { [name]: entryPoints[name] }, outdir: OUT, write: false }
  const bundle = await context({ ...options, plugins: [plugin] })
  await bundle.rebuild()
  await bundle.watch()
}

async function writeFiles(files) {
  await mkdir(OUT, { recursive: true })
  for (const { path, contents } of files) await writeFile(path, contents)
}

/** Starts the server, after the one that runs has stopped: it holds the port and the embedded database. */
function restart() {
  if (server) return void server.kill('SIGTERM')
  server = fork(`${OUT}/server.js`, { env: { ...process.env, NODE_ENV: 'development' } })
  server.on('exit', (code) => {
    server = undefined
    if (stopping) process.exit(code ?? 0)
    // A server that fell over waits for the next change; one that was told to stop comes back.
    if (code === 0) restart()
  })
}

function tryTo(act) {
  try {
    act()
  } catch (error) {
    console.error(error.message)
  }
}

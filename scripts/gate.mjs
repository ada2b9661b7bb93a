// `npm run gate`: the gate alone. It has no pages, so only its own bundle is built.
import { bundle } from './build.mjs'
import { loadEnvFile } from './env-file.mjs'

loadEnvFile()
process.env.NODE_ENV = 'production'
await bundle(['gate'])
await import('../dist/gate.js')

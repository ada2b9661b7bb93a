// `npm start`: build what has no build yet, then serve in this same process, so that signals reach the server itself.
import { loadEnvFile } from './env-file.mjs'

loadEnvFile()
process.env.NODE_ENV = 'production'
process.env.NEXT_TELEMETRY_DISABLED = '1'
const { ensureBuild } = await import('./build.mjs')
await ensureBuild()
await import('../dist/server.js')

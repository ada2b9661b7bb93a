import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { handle } from '@/db'
import { migrateConfigured } from '@/db/migrate'
import { seed } from '@/db/seed'
import { refuseToStart } from '@/lib/process'

// `npm run db:seed -- --scale large`: fills an empty database with what the portal can be looked at and measured by.
const { values } = parseArgs({ options: { scale: { type: 'string', default: 'small' } } })
const { scale } = values
if (scale !== 'small' && scale !== 'large') refuseToStart(new Error('--scale is small or large.'))

// As the server does; what is set already wins.
if (existsSync('.env')) process.loadEnvFile('.env')
try {
  await migrateConfigured()
  const { email, password } = await seed(scale, (text) =>
    console.error(`${new Date().toISOString().slice(11, 19)} ${text}`),
  )
  console.log(`Sign in as ${email} with the password ${password}`)
} catch (error) {
  refuseToStart(error)
}
await handle().close()

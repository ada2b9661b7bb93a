import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { openPostgres } from '@/db'
import { migrate } from '@/db/migrate'
import { startPostgres } from '../postgres'

const template = 'latchkey_template'

/** Starts a server and migrates one database in it, which each test file gets a copy of. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  const admin = postgres(server.url, { max: 1 })
  await admin`create database ${admin(template)}`
  await admin.end()
  const url = new URL(server.url)
  url.pathname = template
  const handle = openPostgres(url.href)
  await migrate(handle)
  // A database that somebody is connected to cannot be copied.
  await handle.close()
  project.provide('database', { kind: 'postgres', url: server.url, template })
  return server.stop
}

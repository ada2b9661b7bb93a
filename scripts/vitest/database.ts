import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import postgres from 'postgres'
import { afterAll, inject } from 'vitest'
import { handle, newPglite, openPglite, openPostgres } from '@/db'
import { once } from '@/lib/runtime'

// Runs before each database test file: gives it a migrated, empty database of its own as the process's database.
const source = inject('database')
if (source.kind === 'pglite') {
  const client = newPglite('memory://', await openAsBlob(source.snapshot))
  // Here, so that loading does not count as the first test's time.
  await client.waitReady
  once('database', () => openPglite(client))
  afterAll(() => handle().close())
} else {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = postgres(source.url, { max: 1, onnotice: () => {} })
  await admin`create database ${admin(name)} template ${admin(source.template)}`
  const url = new URL(source.url)
  url.pathname = name
  process.env.DATABASE_URL = url.href
  once('database', () => openPostgres(url.href))
  afterAll(async () => {
    await handle().close()
    await admin`drop database ${admin(name)} with (force)`
    await admin.end()
  })
}

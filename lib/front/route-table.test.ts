import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Endpoint } from '@/lib/api/endpoint'
import { makeRouteTable } from './route-table'
import { routes } from './routes.generated'

/** Stands for what `endpoint` makes: all that the table looks at is that it can be served. */
const made = Object.assign(async () => new Response(), { serve: async () => ({ status: 200 }) }) as unknown as Endpoint

test('the table has every route of the folder, with the methods that its file exports', () => {
  const table = makeRouteTable(routes)
  const files = readdirSync('app/api/v1', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /route\.tsx?$/.test(file),
  )
  expect(files.length).toBeGreaterThan(10)
  for (const file of files) {
    const pattern = `/${file.replace(/\/route\.tsx?$/, '')}`
    const text = readFileSync(`app/api/v1/${file}`, 'utf8')
    const methods = [...text.matchAll(/^export const (GET|POST|PUT|PATCH|DELETE)\b/gm)].map(([, method]) => method)
    const found = table.match(pattern.replaceAll(/\[\w+\]/g, 'x'))
    expect([file, found?.pattern]).toEqual([file, pattern])
    expect(found?.allow.split(', ').sort()).toEqual([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].sort())
  }
  expect(files).toHaveLength(Object.keys(routes).length)
})

test('a start with a method that was not made by endpoint is refused, since it would be unguarded', () => {
  const open = (async () => new Response('open')) as unknown as Endpoint
  expect(() => makeRouteTable({ '/keys/[id]': { GET: made, POST: open } })).toThrow(
    'app/api/v1/keys/[id]/route.ts exports POST, which was not made by endpoint()',
  )
  expect(() => makeRouteTable({ '/keys': { GET: made, dynamic: 'force-static' } as object })).toThrow('exports dynamic')
})

test('a path without parameters comes before one with, and parameters are decoded and never empty', () => {
  const table = makeRouteTable({ '/keys/[id]': { GET: made }, '/keys/mine': { POST: made } })
  expect(table.match('/keys/mine')).toMatchObject({ pattern: '/keys/mine', allow: 'POST' })
  expect(table.match('/keys/a%20b')).toMatchObject({ params: { id: 'a b' }, allow: 'GET, HEAD' })
  for (const path of ['/keys', '/keys/', '/keys/a/b', '/nothing']) expect(table.match(path)).toBeNull()
})

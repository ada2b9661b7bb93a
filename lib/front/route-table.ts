import type { Endpoint } from '@/lib/api/endpoint'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** A route module of `app/api/v1`: its exported methods, each made by `endpoint`. */
export type RouteModule = Partial<Record<(typeof methods)[number], Endpoint>>

/** Path pattern below `/api/v1`, such as `/keys/[id]`, to its module. Generated from the folder. */
export type Routes = Readonly<Record<string, RouteModule>>

interface Route {
  pattern: string
  segments: string[]
  endpoints: ReadonlyMap<string, Endpoint>
  allow: string
}

/** A route that was found, and what its path says. */
export interface RouteMatch {
  pattern: string
  endpoints: ReadonlyMap<string, Endpoint>
  /** The value of an `Allow` header. */
  allow: string
  params: Record<string, string>
}

export interface RouteTable {
  /** The route whose path is `path`, below `/api/v1`, with its parameters decoded; null when there is none. */
  match(path: string): RouteMatch | null
}

/**
 * Makes the table that the front looks routes up in.
 *
 * @throws Error when a module exports a method that was not made by `endpoint`, since that one would be unguarded
 */
export function makeRouteTable(routes: Routes): RouteTable {
  const table = Object.entries(routes).map(([pattern, module]) => compile(pattern, module))
  // Paths without parameters are one look-up, and come before those with, as in Next.
  const fixed = new Map<string, RouteMatch>(
    table
      .filter(({ pattern }) => !pattern.includes('['))
      .map(({ pattern, endpoints, allow }) => [pattern, { pattern, endpoints, allow, params: {} }]),
  )
  return {
    match(path) {
      const found = fixed.get(path)
      if (found) return found
      const parts = path.split('/')
      for (const { pattern, segments, endpoints, allow } of table) {
        const params = matchSegments(segments, parts)
        if (params) return { pattern, endpoints, allow, params }
      }
      return null
    },
  }
}

function compile(pattern: string, module: RouteModule): Route {
  const endpoints = new Map<string, Endpoint>()
  for (const [name, value] of Object.entries(module)) {
    if (!(methods as readonly string[]).includes(name) || typeof value?.serve !== 'function') {
      throw new Error(`app/api/v1${pattern}/route.ts exports ${name}, which was not made by endpoint()`)
    }
    endpoints.set(name, value)
  }
  const get = endpoints.get('GET')
  if (get) endpoints.set('HEAD', get)
  return { pattern, segments: pattern.split('/'), endpoints, allow: [...endpoints.keys()].join(', ') }
}

function matchSegments(segments: string[], parts: string[]): Record<string, string> | null {
  if (segments.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? ''
    if (segment.startsWith('[')) {
      if (part === '') return null
      params[segment.slice(1, -1)] = decodeURIComponent(part)
    } else if (segment !== part) return null
  }
  return params
}

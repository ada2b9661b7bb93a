import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

// The rules of docs/architecture.md that the linter cannot express, because they follow an import to the file it means
// or look at what else stands in that file.

interface Module {
  file: string
  text: string
  /** Files of this repository, and packages by name. Imports of types alone are left out: they leave no trace at run time. */
  imports: string[]
  /** Where each imported name comes from. */
  origins: Map<string, string>
}

const modules = new Map(
  ['app', 'bin', 'components', 'db', 'lib', 'server.ts'].flatMap(sourceFiles).map((file) => [file, readModule(file)]),
)
const all = [...modules.values()]
const lib = all.filter(({ file }) => file.startsWith('lib/'))

/** The parts of lib that call verbs; every other folder is a noun and holds them. */
const edges = new Set(['api', 'cli', 'front', 'gate'])

test('the walk found the source', () => {
  expect(modules.get('lib/keys/create.ts')?.imports).toEqual(expect.arrayContaining(['server-only', 'db/index.ts']))
})

describe('imports', () => {
  test('only the generated route table imports app', () => {
    const offenders = all.filter(({ file, imports }) => !file.startsWith('app/') && imports.some(inFolder('app')))
    expect(names(offenders)).toEqual(['lib/front/routes.generated.ts'].filter((file) => modules.has(file)))
  })

  test('app and components reach the database through verbs only', () => {
    const pages = all.filter(({ file }) => /^(app|components)\//.test(file))
    expect(names(pages.filter(({ imports }) => imports.some(inFolder('db'))))).toEqual([])
  })

  test('components import only what also runs in a browser', () => {
    const components = all.filter(({ file }) => file.startsWith('components/'))
    const offending = (target: string) => target.startsWith('lib/') && reaches(target, 'server-only')
    expect(names(components.filter(({ imports }) => imports.some(offending)))).toEqual([])
  })

  test('verbs import no edge, no component, no Next and no React', () => {
    const foreign = (target: string) =>
      edges.has(nounOf(target) ?? '') ||
      inFolder('components')(target) ||
      /^(next|next-auth|react|react-dom)(\/|$)/.test(target)
    const verbs = lib.filter(({ file }) => nounOf(file) && !edges.has(nounOf(file) ?? ''))
    expect(names(verbs.filter(({ imports }) => imports.some(foreign)))).toEqual([])
  })

  test('nouns do not import each other in a circle', () => {
    const nouns = new Map<string, Set<string>>()
    for (const { file, imports } of lib) {
      const from = nounOf(file)
      if (!from) continue
      const others = imports.map(nounOf).filter((to): to is string => to !== undefined && to !== from)
      nouns.set(from, new Set([...(nouns.get(from) ?? []), ...others]))
    }
    expect(circle(nouns)).toEqual([])
  })
})

describe('safety', () => {
  test('every verb that opens a transaction also records an audit event', () => {
    // The sealer moves events that are there into their chain.
    const writers = lib.filter(({ file, text }) => /\.transaction\(/.test(text) && file !== 'lib/audit/seal.ts')
    expect(writers.length).toBeGreaterThan(0)
    expect(names(writers.filter((module) => !recordsAudit(module)))).toEqual([])
  })

  test('every lib file that uses the database or the environment is kept out of the browser', () => {
    const touching = lib.filter(({ imports }) =>
      imports.some((target) => inFolder('db')(target) || target === 'lib/env.ts'),
    )
    expect(names(touching.filter(({ imports }) => !imports.includes('server-only')))).toEqual([])
  })
})

function sourceFiles(root: string): string[] {
  if (!existsSync(root)) return []
  if (!statSync(root).isDirectory()) return [root]
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|d)\.tsx?$/.test(file))
    .map((file) => join(root, file))
}

function readModule(file: string): Module {
  const text = readFileSync(file, 'utf8')
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\s)(?:([^'";]*?)\s+from\s+)?['"]([^'"]+)['"]/gm)
  const dynamic = text.matchAll(/\bimport\(\s*()['"]([^'"]+)['"]/g)
  const found = [...statements, ...dynamic]
    .filter(([, clause]) => !onlyTypes(clause ?? ''))
    .map(([, clause, target]) => ({ clause: clause ?? '', target: resolveImport(file, target ?? '') }))
  const origins = found.flatMap(({ clause, target }) =>
    [...clause.matchAll(/\w+/g)].map(([name]) => [name, target] as const),
  )
  return { file, text, imports: found.map(({ target }) => target), origins: new Map(origins) }
}

/** `{ type A, type B }` is as good as `import type`. */
function onlyTypes(clause: string): boolean {
  const list = /^\{([^}]*)\}$/s.exec(clause.trim())?.[1]
  const parts =
    list
      ?.split(',')
      .map((part) => part.trim())
      .filter(Boolean) ?? []
  return parts.length > 0 && parts.every((part) => part.startsWith('type '))
}

function resolveImport(file: string, target: string): string {
  if (!/^(\.|@\/)/.test(target)) return target
  const path = normalize(target.startsWith('@/') ? target.slice(2) : join(dirname(file), target))
  const candidates = [path, `${path}.ts`, `${path}.tsx`, join(path, 'index.ts'), join(path, 'index.tsx')]
  return candidates.find((each) => existsSync(each) && statSync(each).isFile()) ?? path
}

function inFolder(folder: string): (target: string) => boolean {
  return (target) => target.startsWith(`${folder}/`)
}

/** `lib/keys/create.ts` → `keys`; undefined for a file directly in lib. */
function nounOf(file: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(file)?.[1]
}

/** Whether the file records an audit event, itself or by handing its transaction to a verb's inner form that does. */
function recordsAudit({ file, text, origins }: Module, seen = new Set([file])): boolean {
  if (/\brecordAudit\(/.test(text)) return true
  return [...origins].some(([name, from]) => {
    const inner = modules.get(from)
    if (!inner || seen.has(from) || !new RegExp(`\\b${name}\\(\\s*tx\\b`).test(text)) return false
    return recordsAudit(inner, seen.add(from))
  })
}

/** Whether loading `from` loads `goal` too. */
function reaches(from: string, goal: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false
  seen.add(from)
  return (modules.get(from)?.imports ?? []).some((target) => target === goal || reaches(target, goal, seen))
}

/** One circle in the graph, as the way around it; empty when there is none. */
function circle(graph: Map<string, Set<string>>, way: string[] = []): string[] {
  for (const next of way.length === 0 ? graph.keys() : (graph.get(way.at(-1) ?? '') ?? [])) {
    if (way.includes(next)) return [...way.slice(way.indexOf(next)), next]
    const found = circle(graph, [...way, next])
    if (found.length > 0) return found
  }
  return []
}

function names(offenders: Module[]): string[] {
  return offenders.map(({ file }) => file)
}

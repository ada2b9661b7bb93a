/**
 * What exists once per process. Next bundles pages apart from the server's own bundle, and development reloads keep
 * old module instances, so a module-level variable would exist several times: the database would be opened twice.
 * Keep plain data and library objects here, and never compare what comes from here with `instanceof`.
 */
const held = globalThis as { [key: symbol]: Map<string, unknown> | undefined }
const key = Symbol.for('latchkey.runtime')
held[key] ??= new Map()
const store = held[key]

/** Returns the process's `name`, making it on first use. Throws whatever `make` throws, and then tries again next time. */
export function once<T>(name: string, make: () => T): T {
  if (!store.has(name)) store.set(name, make())
  return store.get(name) as T
}

/** Whether the process's `name` has been made. */
export const isMade = (name: string): boolean => store.has(name)

/** Forgets the process's `name`, so that the next `once` makes it anew. Returns what was held, if anything. */
export function forget<T>(name: string): T | undefined {
  const value = store.get(name) as T | undefined
  store.delete(name)
  return value
}

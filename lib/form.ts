/**
 * The fields of a form that an action was called with. Whoever calls it by hand can send anything in place of a form, or
 * of a field: that is null, or not text, and judged by the schema.
 */
export function fields<Name extends string>(form: unknown, ...names: Name[]): Record<Name, string> {
  const read = (name: Name) => (form instanceof FormData ? form.get(name) : null)
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, string>
}

/** All values of the fields of one name, such as checkboxes; as `fields`. */
export const everyField = (form: unknown, name: string): string[] =>
  (form instanceof FormData ? form.getAll(name) : []) as string[]

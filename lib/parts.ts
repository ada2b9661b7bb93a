/** A list in parts of 500, for statements that name each thing: PostgreSQL takes 65,535 parameters at once. */
export function inParts<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / SIZE) }, (_, at) => all.slice(at * SIZE, (at + 1) * SIZE))
}

const SIZE = 500

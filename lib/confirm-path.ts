/** The page that asks a person to confirm their identity, and leads to `next` after it. */
export const confirmPath = (next: string): string => `/confirm?next=${encodeURIComponent(next)}`

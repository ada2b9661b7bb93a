import { createHash } from 'node:crypto'

/** What the library is told of a session, which it keeps in interactions and codes: nothing that could be used as one. */
export const sessionUid = (sessionId: string): string =>
  createHash('sha256').update(`oauth session ${sessionId}`).digest('base64url')

import 'server-only'
import { isFailure } from '@/lib/errors'

/** Reads a page of a list. A cursor of another sort, or one that was cut in a mail, begins again at the first page. */
export async function fromStart<Page>(
  cursor: string | null,
  read: (cursor: string | undefined) => Promise<Page>,
): Promise<Page> {
  try {
    return await read(cursor ?? undefined)
  } catch (error) {
    if (isFailure(error) && error.code === 'validation_failed') return read(undefined)
    throw error
  }
}

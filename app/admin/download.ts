import 'server-only'
import { keepHeapSmall } from '@/lib/small-heap'

/** Sends lines as a file as they come: no more of them are made than the reader takes. */
export function download(name: string, type: string, lines: AsyncIterable<string>): Response {
  const encoder = new TextEncoder()
  const iterator = withSmallHeap(lines)
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await iterator.return()
      },
    },
    // Nothing is made ahead: the answer to HEAD is this one too, and its body is dropped unread and never cancelled.
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Disposition': `attachment; filename="${name}"`,
      'Cache-Control': 'no-store',
    },
  })
}

async function* withSmallHeap(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  const end = keepHeapSmall()
  try {
    yield* lines
  } finally {
    end()
  }
}

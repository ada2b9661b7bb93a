import { connect, type Socket } from 'node:net'

/** An open keep-alive connection that has one request under way at a time. */
export interface Connection {
  /** Sends a whole request; `onAnswer` is then called with the answer's status. */
  send(request: Buffer): void
  close(): void
}

/**
 * Connects to a server on loopback. Written on a bare socket because what measures must cost less than what is measured:
 * Node's own HTTP client takes longer for a request than the servers here do.
 *
 * @param onAnswer called for every answer, once it is there as a whole
 * @param onLost called when the server ends the connection, or it fails
 */
export function open(port: number, onAnswer: (status: number) => void, onLost: (error: Error) => void): Connection {
  const received = Buffer.allocUnsafeSlow(16 * 1024)
  let text = ''
  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: received,
      callback: (size) => {
        text += received.toString('latin1', 0, size)
        if (isWhole(text)) {
          const status = Number(text.slice(9, 12))
          text = ''
          onAnswer(status)
        }
        return true
      },
    },
  })
  socket.on('error', onLost)
  socket.on('end', () => onLost(new Error(`The server on port ${port} ended a connection:\n${text}`)))
  return { send: (request) => void socket.write(request), close: () => socket.destroy() }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  if (text.startsWith('204', 9)) return true
  const length = /\r\ncontent-length: (\d+)/i.exec(text)
  return length ? text.length >= end + 4 + Number(length[1]) : text.endsWith('\r\n0\r\n\r\n')
}

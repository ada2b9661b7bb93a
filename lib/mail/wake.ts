import { once } from '@/lib/runtime'

/** Set while a sender runs in this process. Mail is written by copies of the code that Next bundles by themselves. */
export const senderBell = () => once('mail-sender-bell', (): { ring: (() => void) | null } => ({ ring: null }))

/** Has the sender look soon. Without one in this process, such as on the command line, the server's own finds the mail. */
export const wakeSender = (): void => senderBell().ring?.()

declare module 'fs-native-extensions' {
  /** Locks the whole open file without waiting (OFD lock on Linux). False when another open file is in the way. */
  export function tryLock(fd: number, options?: { shared?: boolean }): boolean
  export function unlock(fd: number): void
}

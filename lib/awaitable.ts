/** A value that is there already, or one that is waited for. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value, at once when it is there: each turn through the queue of promises costs as much as a check. */
export const whenThere = <T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> =>
  value instanceof Promise ? value.then(next) : next(value)

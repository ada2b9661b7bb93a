/**
 * What may be searched for: text as it was typed, but a credential only by its hint. The search goes into the URL, into
 * the history and into logs, where a secret must never be.
 */
export function searchText(typed: string): string {
  const credential = /([0-9A-Za-z]{2,9}_)?([0-9A-Za-z]{12})_[0-9A-Za-z]{16,}/.exec(typed)
  if (credential) return `${credential[1] ?? 'lk_'}${credential[2]}_…`
  // The end of a credential alone, as a careless selection gives it.
  return typed.replace(/[0-9A-Za-z]{40,}/g, '').slice(0, 200)
}

/** Stands for this site while a path is judged; `.invalid` never resolves (RFC 6761, 6.4). */
const here = 'http://here.invalid'

/**
 * Where to go after signing in, from a query that anybody can write into a link: a path of this site in the URL
 * standard's own spelling, or `/` for everything else.
 */
export function nextPath(wanted: unknown): string {
  // Browsers drop tabs and line breaks and read a backslash as a slash, so what looks like a path may be another host.
  if (typeof wanted !== 'string' || !/^\/[^\s\\\p{Cc}]*$/u.test(wanted)) return '/'
  if (!URL.canParse(wanted, here)) return '/'
  const url = new URL(wanted, here)
  // Judged after normalising: `/..//evil.example` becomes `//evil.example`. An encoded slash is for those who decode once more.
  if (url.origin !== here || /^\/(\/|%2f|%5c)/i.test(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}

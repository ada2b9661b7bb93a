/**
 * A line of CSV (RFC 4180), which no spreadsheet takes for more than text. A formula is kept from being one by an
 * apostrophe: at the start of a cell, and wherever one would start for who parts cells at semicolons or tabs, as
 * spreadsheets do in half of the world, since quotes in the middle of their cells mean nothing to them.
 */
export const csvLine = (cells: readonly (string | number | null)[]): string =>
  `${cells.map((cell) => quoted(String(cell ?? ''))).join(',')}\r\n`

function quoted(text: string): string {
  const whole = /^\s*[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text
  // From the sign back: from each separator forward, a run of tabs would be gone through once for each of them.
  const harmless = whole.replace(/(?=[=+\-@＝＋－＠])(?<=[;\t\r\n][\s"]*)/g, "'")
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

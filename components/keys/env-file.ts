/** A key as a file that a program's settings can be read from. */
export const envFile = (label: string, holder: string | undefined, secret: string): { name: string; text: string } =>
  settingsFile(label, holder, { LATCHKEY_API_KEY: secret })

/** Settings as a file. Credentials and ids have only letters, digits and `_`: nothing to escape. */
export function settingsFile(
  label: string,
  holder: string | undefined,
  settings: Record<string, string>,
): { name: string; text: string } {
  // One line each: labels and names hold no line breaks, but what they hold is not for a shell to see.
  const comment = `# ${label}${holder ? ` (${holder})` : ''}`.replace(/[\r\n\u2028\u2029]/g, ' ')
  const name = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '')
  const lines = Object.entries(settings).map(([setting, value]) => `${setting}=${value}\n`)
  return { name: `${name || 'latchkey'}.env`, text: `${comment}\n${lines.join('')}` }
}

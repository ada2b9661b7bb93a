import { createHash } from 'node:crypto'

const style = `
  :root { color-scheme: light dark; --paper: oklch(0.985 0.003 95); --ink: oklch(0.22 0.01 260); --quiet: oklch(0.48 0.012 260) }
  @media (prefers-color-scheme: dark) { :root { --paper: oklch(0.17 0.008 260); --ink: oklch(0.93 0.004 95); --quiet: oklch(0.72 0.01 260) } }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/20px system-ui, sans-serif }
  main { max-width: 480px; margin: 15vh auto; padding: 0 16px }
  h1 { font-size: 20px; line-height: 28px }
  p, dt { color: var(--quiet) }
  dd { margin: 0 0 8px; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
`

/** The one inline style of the page below may apply; nothing else may load or run. */
export const staticPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`

/**
 * A page in the site's look that needs nothing else: for answers that must not enter Next.
 *
 * @param title as text
 * @param body as HTML
 */
export const staticPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)} · Latchkey</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`

/** Text as HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

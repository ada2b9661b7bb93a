import 'server-only'
import { createHash } from 'node:crypto'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'

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
export const errorPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`

/** What a person sees when an app sent them with a request that cannot be answered, and must not be sent back with. */
export function renderError(context: KoaContextWithOIDC, out: ErrorOut): void {
  if (context.accepts('html', 'json') !== 'html') {
    context.body = out
    return
  }
  context.type = 'html'
  context.set('Content-Security-Policy', errorPagePolicy)
  context.body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>This request cannot be answered · Latchkey</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>This request cannot be answered</h1>
<p>The app that sent you here asked in a way that is not allowed, so you were not sent back to it. Nothing was given to it. Go back to the app and try again; if it happens again, tell its makers what stands below.</p>
<dl>
<dt>Error</dt><dd>${escaped(out.error)}</dd>
<dt>Description</dt><dd>${escaped(out.error_description ?? '')}</dd>
</dl>
</main>
</body>
</html>
`
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

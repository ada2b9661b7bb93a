import 'server-only'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { escaped, staticPage, staticPagePolicy } from '@/lib/static-page'

/** What a person sees when an app sent them with a request that cannot be answered, and must not be sent back with. */
export function renderError(context: KoaContextWithOIDC, out: ErrorOut): void {
  if (context.accepts('html', 'json') !== 'html') {
    context.body = out
    return
  }
  context.type = 'html'
  context.set('Content-Security-Policy', staticPagePolicy)
  context.body = staticPage(
    'This request cannot be answered',
    `<p>The app that sent you here asked in a way that is not allowed, so you were not sent back to it. Nothing was given to it. Go back to the app and try again; if it happens again, tell its makers what stands below.</p>
<dl>
<dt>Error</dt><dd>${escaped(out.error)}</dd>
<dt>Description</dt><dd>${escaped(out.error_description ?? '')}</dd>
</dl>`,
  )
}

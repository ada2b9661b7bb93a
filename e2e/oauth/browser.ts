import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Cookie {
  value: string
  path: string
}

/** A browser without a screen: it keeps cookies by their path, and follows redirects only when told to. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>()

  constructor(
    readonly origin: string,
    /** Codes and cookies that go by are noted here. */
    readonly secrets: Set<string> = new Set(),
  ) {}

  async signIn(email: string, password: string): Promise<void> {
    const { csrfToken } = await (await this.get('/api/auth/csrf')).json()
    await this.post('/api/auth/callback/credentials', { csrfToken, email, password })
    if (!this.#cookies.has('latchkey.session')) throw new Error('not signed in')
  }

  /** Another browser with nothing but the same session. */
  sameSession(): Browser {
    const other = new Browser(this.origin, this.secrets)
    const session = this.#cookies.get('latchkey.session')
    if (session) other.#cookies.set('latchkey.session', session)
    return other
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(path, { headers })
  }

  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { Origin: this.origin, ...headers },
    })
  }

  /** Follows redirects within the portal; resolves with the first answer that is none, or leads elsewhere. */
  async follow(path: string): Promise<Response> {
    let answer = await this.get(path)
    for (let hops = 0; hops < 10; hops++) {
      const target = answer.headers.get('location')
      if (!target || !(target.startsWith('/') || target.startsWith(`${this.origin}/`))) return answer
      answer = await this.get(target)
    }
    throw new Error('too many redirects')
  }

  /** Goes through an authorization, with consent where it is asked for; resolves with where the app is called back. */
  async authorize(path: string, decision: 'allow' | 'deny' = 'allow'): Promise<URL> {
    const shown = await this.follow(path)
    const target = shown.headers.get('location')
    if (target) return this.#seen(new URL(target))
    if (!new URL(shown.url).pathname.startsWith('/interaction/'))
      throw new Error(`${shown.status} ${await shown.text()}`)
    const decided = await this.decide(shown, decision)
    const back = await this.follow(decided.headers.get('location') ?? '')
    const location = back.headers.get('location')
    if (!location) throw new Error(`not sent back: ${back.status} ${await back.text()}`)
    return this.#seen(new URL(location))
  }

  /** Posts the consent form of a page that was shown. */
  async decide(shown: Response, decision: 'allow' | 'deny'): Promise<Response> {
    const fields = hiddenFields(await shown.text())
    return this.post(`${new URL(shown.url).pathname}/decision`, { ...fields, decision })
  }

  /** Calls a server action as the pages of a path do, by the name it has in the source. */
  async act(name: string, path: string, input: unknown): Promise<void> {
    const answer = await this.#fetch(path, {
      method: 'POST',
      body: JSON.stringify([input]),
      headers: {
        Origin: this.origin,
        Accept: 'text/x-component',
        'Content-Type': 'text/plain;charset=UTF-8',
        'Next-Action': actionId(name),
      },
    })
    const text = await answer.text()
    if (answer.status !== 200 || /"(serverError|validationErrors)"/.test(text))
      throw new Error(`${answer.status} ${text}`)
  }

  /** The id of the person's grant to the app of this name, from the connections page; null when there is none. */
  async grantOf(app: string): Promise<string | null> {
    const page = await (await this.get('/connections')).text()
    const items = page.replaceAll('\\"', '"').matchAll(/"kind":"grant","id":"([^"]+)","label":"([^"]+)"/g)
    return [...items].find(([, , label]) => label === app)?.[1] ?? null
  }

  /** Removes what the person let the app of this name do. */
  async removeAccess(app: string): Promise<void> {
    await this.act('removeAccessAction', '/connections', { kind: 'grant', id: await this.grantOf(app) })
  }

  /** Decides about the device that shows this code, by the form of its page. */
  async letIn(userCode: string, decision: 'allow' | 'deny' = 'allow'): Promise<void> {
    const path = `/device?user_code=${encodeURIComponent(userCode)}`
    const page = await (await this.get(path)).text()
    // Beside it stands the form that signs in as somebody else.
    const asked = page.split('<form').find((part) => part.includes('name="decision"')) ?? ''
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...hiddenFields(asked), decision })) form.set(name, value)
    const answer = await this.#fetch(path, { method: 'POST', body: form, headers: { Origin: this.origin } })
    const target = answer.headers.get('location') ?? ''
    if (!target.includes('done=')) throw new Error(`${answer.status} ${target} ${await answer.text()}`)
  }

  /** The cookies that are sent to a path, as a header. */
  cookiesFor(path: string): string {
    return [...this.#cookies]
      .filter(([, cookie]) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  forget(name: string): void {
    this.#cookies.delete(name)
  }

  #seen(back: URL): URL {
    const code = back.searchParams.get('code')
    if (code) this.secrets.add(code)
    return back
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, this.origin)
    const headers = { Cookie: this.cookiesFor(url.pathname), ...(init.headers as Record<string, string>) }
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) this.#keep(line)
    return answer
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? '/'
    if (value === '' || attributes.some((each) => /^expires=thu, 01 jan 1970/i.test(each))) this.#cookies.delete(name)
    else this.#cookies.set(name, { value, path })
    if (value.length > 15 && !/callback-url/.test(name)) this.secrets.add(value)
  }
}

/** Ids of server actions are made by the build. */
function actionId(name: string): string {
  const manifest = join(import.meta.dirname, '../../.next/server/server-reference-manifest.json')
  const { node } = JSON.parse(readFileSync(manifest, 'utf8')) as { node: Record<string, { exportedName: string }> }
  const found = Object.entries(node).find(([, { exportedName }]) => exportedName === name)
  if (!found) throw new Error(`the build has no action ${name}`)
  return found[0]
}

/** The hidden fields of a page's form. */
export function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)
  return Object.fromEntries([...inputs].map(([, name, value]) => [name, (value ?? '').replaceAll('&amp;', '&')]))
}

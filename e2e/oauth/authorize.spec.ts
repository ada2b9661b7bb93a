import { Browser } from './browser'
import { type App, authorizePath, errorOf, expect, newCode, ordinary, pkce, redeem, test } from './site'

const { challenge } = pkce()

test.describe('what is answered here, and never by a redirect', () => {
  test('an unknown or disabled app', async ({ site }) => {
    const browser = await site.browser()
    const gone = await site.registerApp('Gone')
    await site.latchkey('apps', 'disable', '--id', gone.clientId)
    for (const clientId of ['nobody', '', gone.clientId]) {
      await expectErrorHere(browser, authorizePath({ ...site.app, clientId }, challenge))
    }
    await expectErrorHere(browser, authorizePath(site.app, challenge, { client_id: undefined }))
  })

  const spellings = {
    suffix: 'https://client.example/callback2',
    'path below': 'https://client.example/callback/more',
    'slash at the end': 'https://client.example/callback/',
    query: 'https://client.example/callback?x=1',
    'empty query': 'https://client.example/callback?',
    subdomain: 'https://evil.client.example/callback',
    'host with a suffix': 'https://client.example.evil.example/callback',
    port: 'https://client.example:8443/callback',
    'port that is implied': 'https://client.example:443/callback',
    userinfo: 'https://client.example@evil.example/callback',
    'userinfo before the right host': 'https://evil.example@client.example/callback',
    'backslash in userinfo': 'https://evil.example\\@client.example/callback',
    fragment: 'https://client.example/callback#part',
    'empty fragment': 'https://client.example/callback#',
    'case of the host': 'https://CLIENT.example/callback',
    'case of the path': 'https://client.example/Callback',
    'case of the scheme': 'HTTPS://client.example/callback',
    scheme: 'http://client.example/callback',
    encoding: 'https://client.example/%63allback',
    'encoded slash': 'https://client.example%2fcallback',
    traversal: 'https://client.example/callback/../callback',
    'dot in the host': 'https://client.example./callback',
    'tab inside': 'https://client.example/call\tback',
    'line break at the end': 'https://client.example/callback\n',
    'space at the end': 'https://client.example/callback ',
    'no scheme': '//client.example/callback',
    script: 'javascript:alert(1)//https://client.example/callback',
    'another address first': 'https://evil.example/?https://client.example/callback',
    nothing: '',
  }
  for (const [what, redirectUri] of Object.entries(spellings)) {
    test(`a redirect URI that differs: ${what}`, async ({ site }) => {
      await expectErrorHere(signedOut(site.url), authorizePath({ ...site.app, redirectUri }, challenge))
    })
  }

  test('no redirect URI, though only one is registered', async ({ site }) => {
    await expectErrorHere(signedOut(site.url), authorizePath(site.app, challenge, { redirect_uri: undefined }))
  })

  test('a parameter that is there twice, in as far as it decides where to go', async ({ site }) => {
    const path = authorizePath(site.app, challenge)
    await expectErrorHere(signedOut(site.url), `${path}&redirect_uri=https%3A%2F%2Fevil.example%2F`)
    await expectErrorHere(signedOut(site.url), `${path}&client_id=${site.app.clientId}`)
  })

  test('the error page runs and loads nothing, and is shown as text', async ({ site }) => {
    const browser = signedOut(site.url)
    const answer = await browser.get(
      authorizePath({ ...site.app, clientId: '<script>alert(1)</script>' }, challenge, { scope: '"><img src=x>' }),
      { Accept: 'text/html' },
    )
    const page = await answer.text()
    expect(page).toContain('This request cannot be answered')
    expect(page).not.toMatch(/<script|<img/)
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })
})

test('an app of another kind has other rules for loopback', async ({ site }) => {
  const browser = await site.browser()
  const native = await site.registerApp('Desk', {
    kind: 'native',
    isPublic: true,
    redirectUris: ['http://127.0.0.1/back'],
  })
  const back = await browser.authorize(
    authorizePath({ ...native, redirectUri: 'http://127.0.0.1:53121/back' }, challenge),
  )
  expect(back.origin).toBe('http://127.0.0.1:53121')
  for (const redirectUri of [
    'http://127.0.0.1:53121/back2',
    'http://127.0.0.1:53121/',
    'http://localhost:53121/back',
    'http://127.0.0.2:53121/back',
    'http://127.0.0.1.evil.example:53121/back',
    'http://127.0.0.1:53121@evil.example/back',
    'https://127.0.0.1:53121/back',
  ]) {
    await expectErrorHere(browser, authorizePath({ ...native, redirectUri }, challenge))
  }
  const web = await site.registerApp('Local web', { redirectUris: ['http://127.0.0.1:8123/back'] })
  await expectErrorHere(browser, authorizePath({ ...web, redirectUri: 'http://127.0.0.1:8124/back' }, challenge))
})

test.describe('what the app is told', () => {
  const refusals: Record<string, [Record<string, string | undefined>, string]> = {
    'no challenge': [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    'an empty challenge': [{ code_challenge: '' }, 'invalid_request'],
    'a method without a challenge': [{ code_challenge: undefined }, 'invalid_request'],
    'a challenge that is too short': [{ code_challenge: challenge.slice(1) }, 'invalid_request'],
    'a challenge that is too long': [{ code_challenge: challenge.repeat(3) }, 'invalid_request'],
    'a challenge of other characters': [{ code_challenge: `${challenge.slice(1)}=` }, 'invalid_request'],
    'the method plain': [{ code_challenge_method: 'plain' }, 'invalid_request'],
    'no method, which means plain': [{ code_challenge_method: undefined }, 'invalid_request'],
    'the method in lower case': [{ code_challenge_method: 's256' }, 'invalid_request'],
    'an unknown method': [{ code_challenge_method: 'S512' }, 'invalid_request'],
    'response_type=token': [{ response_type: 'token' }, 'unsupported_response_type'],
    'response_type=id_token': [{ response_type: 'id_token', scope: 'openid', nonce: 'n' }, 'unsupported_response_type'],
    'a hybrid response type': [{ response_type: 'code token' }, 'unsupported_response_type'],
    'another hybrid': [{ response_type: 'code id_token', scope: 'openid', nonce: 'n' }, 'unsupported_response_type'],
    'no response type': [{ response_type: undefined }, 'invalid_request'],
    'only unknown scopes': [{ scope: 'everything address' }, 'invalid_scope'],
    'a scope that the app may not ask for': [{ scope: 'orders:read usage:read' }, 'invalid_scope'],
    'no scope': [{ scope: undefined }, 'invalid_scope'],
    'an empty scope': [{ scope: '' }, 'invalid_scope'],
    'an unknown resource': [{ resource: 'https://unknown.example/' }, 'invalid_target'],
    'a resource that is no URI': [{ resource: 'orders' }, 'invalid_target'],
    'a resource with a fragment': [{ resource: 'https://orders.example/api#part' }, 'invalid_target'],
    'an unknown prompt': [{ prompt: 'dance' }, 'invalid_request'],
    'prompt=none with another': [{ prompt: 'none login' }, 'invalid_request'],
    'a request object': [{ request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    'a registration': [{ registration: '{}' }, 'registration_not_supported'],
    'a negative max_age': [{ max_age: '-1', scope: 'openid' }, 'invalid_request'],
    'response_mode=form_post': [{ response_mode: 'form_post' }, 'unsupported_response_mode'],
    'response_mode=fragment': [{ response_mode: 'fragment' }, 'unsupported_response_mode'],
    'response_mode=web_message': [{ response_mode: 'web_message' }, 'unsupported_response_mode'],
  }
  for (const [what, [parameters, error]] of Object.entries(refusals)) {
    test(what, async ({ site }) => {
      const answer = await signedOut(site.url).get(authorizePath(site.app, challenge, parameters))
      expect([302, 303]).toContain(answer.status)
      const back = new URL(answer.headers.get('location') ?? '', site.url)
      expect(back.href.slice(0, -back.search.length - back.hash.length)).toBe(site.app.redirectUri)
      // Where a refused response type would have been answered (OAuth 2.0 Multiple Response Types, 5).
      if (back.hash) back.search = back.hash.slice(1)
      expect(errorOf(site, back)).toBe(error)
      expect(back.searchParams.get('code')).toBeNull()
      expect(back.hash !== '').toBe(/token/.test(parameters.response_type ?? ''))
      expect(answer.headers.get('cache-control')).toBe('no-store')
    })
  }

  test('repeated parameters', async ({ site }) => {
    for (const [name, value] of [
      ['scope', 'orders:write'],
      ['code_challenge', challenge],
      ['code_challenge_method', 'plain'],
      ['response_type', 'token'],
      ['nonce', 'twice'],
    ] as const) {
      const path = `${authorizePath(site.app, challenge, { nonce: 'once', scope: 'openid' })}&${name}=${value}`
      const answer = await signedOut(site.url).get(path)
      const back = new URL(answer.headers.get('location') ?? `${site.url}/here`)
      expect([name, answer.status, errorOf(site, back)]).toEqual([name, 303, 'invalid_request'])
    }
    // A state that is there twice is nobody's: it is not sent back.
    const twice = await signedOut(site.url).get(`${authorizePath(site.app, challenge)}&state=other`)
    expect(twice.headers.get('location') ?? '').not.toContain('code=')
    expect(twice.headers.get('location') ?? 'error=invalid_request').toContain('error=invalid_request')
  })

  test('that it was denied', async ({ site }) => {
    const browser = await site.browser()
    const app = await site.registerApp('Denied')
    const back = await browser.authorize(authorizePath(app, challenge), 'deny')
    expect(errorOf(site, back)).toBe('access_denied')
    expect(back.searchParams.get('code')).toBeNull()
    // And is asked for anew.
    expect((await browser.follow(authorizePath(app, challenge))).url).toContain('/interaction/')
  })

  test('its state, byte for byte, in success and error', async ({ site }) => {
    const browser = await site.browser()
    const app = await site.registerApp('Exact')
    for (const state of [
      'plain',
      'a b&c=d#e?f',
      '+%20%2B',
      'ünï ✓ 🦊',
      `${'x'.repeat(2000)}`,
      '<script>"\'',
      '{"json":true}',
      ' spaces ',
    ]) {
      for (const decision of ['deny', 'allow'] as const) {
        const back = await browser.authorize(authorizePath(app, challenge, { state, prompt: 'consent' }), decision)
        expect(errorOf(site, back, state)).toBe(decision === 'deny' ? 'access_denied' : null)
      }
    }
    const none = await browser.authorize(authorizePath(app, challenge, { state: undefined }))
    expect(none.searchParams.has('state')).toBe(false)
    expect(none.searchParams.get('iss')).toBe(site.url)
  })
})

test('signed out there is no code, only the way to sign in', async ({ site }) => {
  const browser = signedOut(site.url)
  const shown = await browser.follow(authorizePath(site.app, challenge))
  expect(new URL(shown.url).pathname).toBe('/sign-in')
  const { pathname } = new URL(new URL(shown.url).searchParams.get('next') ?? '', site.url)
  expect(pathname).toMatch(/^\/interaction\//)
  const early = await browser.get(pathname.replace('/interaction/', '/oauth/authorize/'))
  expect(early.headers.get('location') ?? '').not.toContain('code=')
})

test('prompt=none never shows a page', async ({ site }) => {
  const app = await site.registerApp('Silent')
  const silent = { prompt: 'none', scope: 'openid orders:read' }
  const stranger = await signedOut(site.url).authorize(authorizePath(app, challenge, silent))
  expect(errorOf(site, stranger)).toBe('login_required')
  const browser = await site.browser()
  expect(errorOf(site, await browser.authorize(authorizePath(app, challenge, silent)))).toBe('consent_required')
  await newCode(browser, app, { scope: silent.scope })
  const back = await browser.authorize(authorizePath(app, challenge, silent))
  expect(errorOf(site, back)).toBeNull()
  expect(back.searchParams.get('code')).not.toBeNull()
  const more = await browser.authorize(authorizePath(app, challenge, { ...silent, scope: 'openid orders:write' }))
  expect(errorOf(site, more)).toBe('consent_required')
})

test('prompt=login and max_age ask for a fresh sign-in, and no other account slips in', async ({ site }) => {
  const app = await site.registerApp('Careful')
  const browser = await site.browser()
  await newCode(browser, app, { scope: 'openid' })
  await new Promise((done) => setTimeout(done, 2_100))
  for (const parameters of [{ prompt: 'login' }, { max_age: '1' }, { max_age: '0' }]) {
    const path = authorizePath(app, challenge, { scope: 'openid', ...parameters })
    const shown = await browser.follow(path)
    expect(await shown.text()).toContain('asks you to sign in again')
    // Neither the page's form nor the way back can be used before that.
    const { pathname } = new URL(shown.url)
    const decided = await browser.post(`${pathname}/decision`, {
      user: site.ada.id,
      client: 'Careful',
      decision: 'allow',
    })
    expect(decided.headers.get('location')).toContain('problem=')
    const resumed = await browser.get(pathname.replace('/interaction/', '/oauth/authorize/'))
    expect(resumed.headers.get('location') ?? '').not.toContain('code=')
  }
  const path = authorizePath(app, challenge, { scope: 'openid', max_age: '1000' })
  expect((await browser.authorize(path)).searchParams.get('code')).not.toBeNull()
})

test('consent is bound to the browser, the person and the request', async ({ site }) => {
  const app = await site.registerApp('Bound')
  const ada = await site.browser()
  const shown = await ada.follow(authorizePath(app, challenge))
  const page = new URL(shown.url).pathname
  const form = { user: site.ada.id, client: 'Bound', decision: 'allow', project: site.ada.project.id }

  const bob = await site.browser(site.bob)
  expect(await (await bob.get(page)).text()).toContain('This request is over')
  const others = await bob.post(`${page}/decision`, { ...form, user: site.bob.id, project: site.bob.project.id })
  expect(others.headers.get('location')).toContain('problem=')
  const sameAccount = await site.browser()
  expect(await (await sameAccount.get(page)).text()).toContain('This request is over')
  expect((await sameAccount.post(`${page}/decision`, form)).headers.get('location')).toContain('problem=')

  for (const origin of ['https://evil.example', 'null', site.url.replace('localhost', '127.0.0.1')]) {
    expect((await ada.post(`${page}/decision`, form, { Origin: origin })).status).toBe(403)
  }
  const bare = await site.ask('POST', `${page}/decision`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: site.url },
    body: new URLSearchParams(form).toString(),
  })
  expect(bare.headers.location).toBe(`${site.url}${page}`)
  const missing = await site.ask('POST', `${page}/decision`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: ada.cookiesFor(page) },
    body: new URLSearchParams(form).toString(),
  })
  expect(missing.status).toBe(403)

  // Who the page was shown to, and under which name of the app.
  expect((await ada.post(`${page}/decision`, { ...form, user: site.bob.id })).headers.get('location')).toContain(
    'problem=',
  )
  expect((await ada.post(`${page}/decision`, { ...form, client: 'Bond' })).headers.get('location')).toContain(
    'problem=',
  )
  // A project that is somebody else's.
  const foreign = await ada.post(`${page}/decision`, { ...form, project: site.bob.project.id })
  expect(foreign.headers.get('location')).toContain('problem=')
  // Without a decision there is no consent.
  const undecided = await ada.get(page.replace('/interaction/', '/oauth/authorize/'))
  expect(undecided.headers.get('location') ?? '').not.toContain('code=')
})

test('a decision is made once', async ({ site }) => {
  const app = await site.registerApp('Once')
  const browser = await site.browser()
  const shown = await browser.follow(authorizePath(app, challenge))
  const page = new URL(shown.url).pathname
  const decided = await browser.decide(shown, 'allow')
  const resume = decided.headers.get('location') ?? ''
  const cookie = browser.cookiesFor(new URL(resume, site.url).pathname)
  const back = await browser.get(resume)
  expect(back.headers.get('location')).toContain('code=')
  const again = await site.ask('GET', new URL(resume, site.url).pathname, { headers: { Cookie: cookie } })
  expect(again.headers.location ?? '').not.toContain('code=')
  expect(await (await browser.get(page)).text()).toContain('This request is over')
})

test('switching accounts or signing out between decision and return ends it', async ({ site }) => {
  const app = await site.registerApp('Switch')
  const browser = await site.browser()
  const decided = await browser.decide(await browser.follow(authorizePath(app, challenge)), 'allow')
  const resume = decided.headers.get('location') ?? ''
  await browser.signIn(site.bob.email, 'seven otters juggle lanterns')
  const asBob = await browser.get(resume)
  expect(asBob.headers.get('location') ?? '').not.toContain('code=')

  const second = await site.browser()
  const next = await second.decide(await second.follow(authorizePath(app, challenge, { prompt: 'consent' })), 'allow')
  second.forget('latchkey.session')
  const signedOff = await second.get(next.headers.get('location') ?? '')
  expect(signedOff.headers.get('location') ?? '').not.toContain('code=')
})

test('the consent page is private', async ({ site }) => {
  const app = await site.registerApp('Private')
  const shown = await (await site.browser()).follow(authorizePath(app, challenge))
  expect(shown.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(shown.headers.get('x-frame-options')).toBe('DENY')
  expect(shown.headers.get('referrer-policy')).toBe('no-referrer')
  expect(shown.headers.get('cache-control')).toContain('no-store')
  expect(await shown.text()).toContain('Not verified')
})

test('nothing here may be read by pages of other sites', async ({ site }) => {
  const browser = await site.browser()
  const answer = await browser.get(authorizePath(site.app, challenge), { Origin: 'https://evil.example' })
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
})

test('foreign scopes are never granted, whatever the form says', async ({ site }) => {
  const narrow = await site.registerApp('Narrow', { scopes: ['openid', 'orders:read'] })
  const browser = await site.browser()
  const code = await newCode(browser, narrow, { scope: 'openid orders:read everything' })
  const { body } = await redeem(site, narrow, code)
  expect(body.scope.split(' ').sort()).toEqual(['openid', 'orders:read'])
  for (const scope of ['orders:write', 'credentials:verify', 'admin', ordinary.replaceAll(',', ' ')]) {
    const back = await browser.authorize(authorizePath(narrow, challenge, { scope }))
    expect(errorOf(site, back)).toBe('invalid_scope')
  }
})

test('a resource that is known sets the audience; without one it is this API', async ({ site }) => {
  const browser = await site.browser()
  const audienceOf = async (app: App, more: Record<string, string>) => {
    const { body } = await redeem(site, app, await newCode(browser, app, more))
    return (await site.post('/oauth/introspect', app, { token: body.access_token })).body.aud
  }
  expect(await audienceOf(site.app, {})).toBe(`${site.url}/api/v1`)
  expect(await audienceOf(site.app, { resource: `${site.url}/api/v1` })).toBe(`${site.url}/api/v1`)
  expect(await audienceOf(site.app, { resource: 'https://orders.example/api' })).toBe('https://orders.example/api')
})

const signedOut = (url: string): Browser => new Browser(url)

async function expectErrorHere(browser: Browser, path: string): Promise<void> {
  const answer = await browser.get(path)
  expect([path, answer.headers.get('location')]).toEqual([path, null])
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
}

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import * as openid from 'openid-client'
import passport from 'passport'
import OAuth2Strategy, { type VerifyCallback } from 'passport-oauth2'
import { type App, asClient, type OauthSite } from './site'

/** An app of somebody else, on loopback: `/login` sends people to Latchkey, `/callback` shows what came of it. */
export interface RunningApp {
  url: string
  app: App
  /** The tokens that it was given last. */
  tokens(): { access: string; refresh: string }
  stop(): Promise<void>
}

/** Signs people in with Latchkey by `openid-client`: discovery, PKCE, state, nonce, ID token, user info. */
export async function startOpenidApp(site: OauthSite, name: string): Promise<RunningApp> {
  const web = express()
  const { url, stop } = await listening(web)
  const app = await site.registerApp(name, { redirectUris: [`${url}/callback`] })
  const config = await asClient(site, app)
  let flow = { verifier: '', state: '', nonce: '' }
  let tokens: (openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers) | undefined

  web.get('/login', async (_request: Request, response: Response) => {
    flow = { verifier: openid.randomPKCECodeVerifier(), state: openid.randomState(), nonce: openid.randomNonce() }
    const address = openid.buildAuthorizationUrl(config, {
      redirect_uri: app.redirectUri,
      scope: 'openid profile email offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    })
    response.redirect(address.href)
  })
  web.get('/callback', async (request: Request, response: Response) => {
    try {
      tokens = await openid.authorizationCodeGrant(config, new URL(request.originalUrl, url), {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      const person = await openid.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
      response.send(`<h1>Welcome, ${person.name}</h1><p>${person.email}</p>`)
    } catch (error) {
      response.status(403).send(`<h1>Not signed in</h1><p>${(error as { error?: string }).error ?? error}</p>`)
    }
  })
  return {
    url,
    app,
    tokens: () => ({ access: tokens?.access_token ?? '', refresh: tokens?.refresh_token ?? '' }),
    stop,
  }
}

/** Asks for access by `passport-oauth2` as it comes. Its state lives in a session, of which one is enough here. */
export async function startPassportApp(site: OauthSite, name: string, scope: string[]): Promise<RunningApp> {
  const web = express()
  const { url, stop } = await listening(web)
  const app = await site.registerApp(name, { redirectUris: [`${url}/callback`] })
  let tokens = { access: '', refresh: '' }
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: `${site.url}/oauth/authorize`,
      tokenURL: `${site.url}/oauth/token`,
      clientID: app.clientId,
      clientSecret: app.clientSecret ?? '',
      callbackURL: app.redirectUri,
      scope,
      state: true,
      pkce: true,
    },
    (access: string, refresh: string, _profile: unknown, done: VerifyCallback) => {
      tokens = { access, refresh }
      for (const secret of [access, refresh]) site.secrets.add(secret)
      done(null, { access })
    },
  )
  const session = {}
  web.use((request, _response, next) => {
    Object.assign(request, { session })
    next()
  })
  web.use(passport.initialize())
  web.get('/login', passport.authenticate(strategy, { session: false }))
  web.get(
    '/callback',
    passport.authenticate(strategy, { session: false, failWithError: true }),
    (_request, response) => {
      response.send('<h1>Connected</h1>')
    },
  )
  web.use((_error: unknown, _request: Request, response: Response, _next: () => void) => {
    response.status(403).send('<h1>Not connected</h1>')
  })
  return { url, app, tokens: () => tokens, stop }
}

async function listening(web: express.Express): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = web.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close').catch(() => {})
    },
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../api/site'
import { type App, api, authorizePath, expect, newCode, newTokens, type OauthSite, pkce, redeem, test } from './site'

const ROUNDS = 20
/** Rounds at once: on a database server each replay is answered after a second's wait. */
const TOGETHER = 4

test('twenty redemptions of one code: never two winners, and what was won is dead everywhere', async ({ site }) => {
  test.slow()
  const browser = await site.browser()
  await newCode(browser, site.app)
  await rounds(async () => {
    const code = await newCode(browser, site.app)
    const answers = await twenty(() => redeem(site, site.app, code))
    await expectWinnersAtMost(1, site, site.app, answers)
  })
})

test('twenty uses of one refresh token: no more than its grace allows, and its family is dead everywhere', async ({
  site,
}) => {
  test.slow()
  const browser = await site.browser()
  await newCode(browser, site.app)
  await rounds(async () => {
    const first = await newTokens(site, browser, site.app)
    const answers = await twenty(() => refresh(site, site.app, first.refresh_token))
    // The first use, and three repeats of it.
    await expectWinnersAtMost(4, site, site.app, answers)
    await expectDead(site, site.app, first)
  })
})

test('twenty redemptions against a disconnect, then a new consent: no old token rises again', async ({ site }) => {
  test.slow()
  const app = await site.registerApp('Raced')
  const browser = await site.browser()
  const old: Tokens[] = []
  for (let round = 0; round < 5; round++) {
    const codes = []
    for (let each = 0; each < 20; each++) codes.push(await newCode(browser, app))
    const id = await browser.grantOf('Raced')
    const redeeming = codes.map((code, index) => sleep(index * 3).then(() => redeem(site, app, code)))
    await sleep(round * 12)
    await browser.act('removeAccessAction', '/connections', { kind: 'grant', id })
    // From this answer on, whatever had been issued by then.
    const early = (await Promise.allSettled(redeeming.map((each) => Promise.race([each, sleep(0)])))).flatMap((each) =>
      each.status === 'fulfilled' && each.value && each.value.status === 200 ? [each.value.body as Tokens] : [],
    )
    for (const tokens of early) expect((await api(site, tokens.access_token)).status).toBe(401)
    const answers = await Promise.all(redeeming)
    for (const { status, body } of answers) {
      if (status === 200) old.push(body)
      else expect([status, body.error]).toEqual([400, 'invalid_grant'])
    }
    for (const code of codes) expect((await redeem(site, app, code)).status).toBe(400)
    const fresh = await newTokens(site, browser, app)
    for (const tokens of old.slice(-20)) await expectDead(site, app, tokens)
    expect((await api(site, fresh.access_token)).status).toBe(200)
    old.push(fresh)
    await browser.removeAccess('Raced')
  }
  for (const tokens of old) await expectDead(site, app, tokens)
})

test('refreshing against a revocation leaves nothing alive', async ({ site }) => {
  const app = await site.registerApp('Raced by itself')
  const browser = await site.browser()
  for (let round = 0; round < 5; round++) {
    let latest = await newTokens(site, browser, app)
    const issued: Tokens[] = [latest]
    const first = latest.refresh_token
    const chain = (async () => {
      for (;;) {
        const { status, body } = await refresh(site, app, latest.refresh_token)
        if (status !== 200) return
        issued.push(body)
        latest = body
      }
    })()
    await sleep(20 + round * 15)
    // Whichever of the chain it is by now, used or not: its family ends (RFC 7009, 2.1).
    const revoked = await site.post('/oauth/revoke', app, { token: latest.refresh_token })
    expect(revoked.status).toBe(200)
    const used = await refresh(site, app, first)
    expect(used.status).toBe(400)
    await chain
    for (const tokens of issued) await expectDead(site, app, tokens)
  }
})

test('replays against disconnects lock each other out in one order', async ({ site }) => {
  const app = await site.registerApp('Ordered')
  const browser = await site.browser()
  for (let round = 0; round < 5; round++) {
    const codes = []
    for (let each = 0; each < 8; each++) codes.push(await newCode(browser, app))
    await Promise.all(codes.map((code) => redeem(site, app, code)))
    const id = await browser.grantOf('Ordered')
    const [removed, ...replays] = await Promise.all([
      browser.act('removeAccessAction', '/connections', { kind: 'grant', id }).then(() => 'removed'),
      ...codes.map((code) => redeem(site, app, code)),
    ])
    expect(removed).toBe('removed')
    for (const { status } of replays) expect(status).toBe(400)
  }
  expect(site.output()).not.toMatch(/deadlock|"level":50/)
})

test('two decisions about one request give at most one code that works', async ({ site }) => {
  const app = await site.registerApp('Double click')
  const browser = await site.browser()
  for (let round = 0; round < 5; round++) {
    const { verifier, challenge } = pkce()
    const shown = await browser.follow(authorizePath(app, challenge, { prompt: 'consent' }))
    const page = shown.clone()
    const decided = await Promise.all([browser.decide(shown, 'allow'), browser.decide(page, 'allow')])
    const backs = await Promise.all(decided.map((each) => browser.get(each.headers.get('location') ?? '')))
    const codes = backs.flatMap((each) => {
      const target = each.headers.get('location')
      return target ? (new URL(target, site.url).searchParams.get('code') ?? []) : []
    })
    expect(codes.length).toBeLessThanOrEqual(1)
    for (const code of codes) expect((await redeem(site, app, { code, verifier })).status).toBe(200)
  }
})

interface Tokens {
  access_token: string
  refresh_token: string
}

async function rounds(round: () => Promise<void>): Promise<void> {
  for (let done = 0; done < ROUNDS; done += TOGETHER) await Promise.all(Array.from({ length: TOGETHER }, round))
}

const twenty = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, work))

const refresh = (site: OauthSite, app: App, token: string) =>
  site.post('/oauth/token', app, { grant_type: 'refresh_token', refresh_token: token })

async function expectWinnersAtMost(most: number, site: OauthSite, app: App, answers: Answer[]): Promise<void> {
  const winners = answers.filter(({ status }) => status === 200)
  expect(winners.length).toBeLessThanOrEqual(most)
  for (const { status, body } of answers)
    if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant'])
  for (const { body } of winners) await expectDead(site, app, body)
}

async function expectDead(site: OauthSite, app: App, tokens: Tokens): Promise<void> {
  const [portal, gate, seen, again] = await Promise.all([
    api(site, tokens.access_token),
    site.gate('GET', '/forward-auth', { headers: { Authorization: `Bearer ${tokens.access_token}` } }),
    site.post('/oauth/introspect', app, { token: tokens.access_token }),
    refresh(site, app, tokens.refresh_token),
  ])
  expect([portal.status, gate.status, seen.body, again.status]).toEqual([401, 401, { active: false }, 400])
}

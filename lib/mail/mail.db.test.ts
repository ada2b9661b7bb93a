import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { db, handle } from '@/db'
import { outbox, users } from '@/db/schema'
import { makePerson, type Person } from '@/db/testing'
import { type Mail, queueMail } from './queue'
import { mailState, pruneMail, sendMail, takeOverMail } from './send'
import { optionalKinds } from './templates'
import { deliver, isFinal, type Outgoing, outboxFolder } from './transport'

beforeEach(async () => {
  await db().delete(outbox)
})

const reset = (email = 'ada@example.com'): Mail => ({
  kind: 'reset_password',
  to: { email, name: 'Ada' },
  token: 'tok',
  minutes: 30,
})

const queue = (mail: Mail) => db().transaction((tx) => queueMail(tx, mail))
const rows = () => db().select().from(outbox).orderBy(outbox.recipient)
const makeDue = () => db().update(outbox).set({ nextAttemptAt: sql`now()` })

/** A mail server that takes what it is given, or throws what it is told to. */
function server(refuse: (mail: Outgoing) => Error | null = () => null) {
  const taken: Outgoing[] = []
  return {
    taken,
    take: async (mail: Outgoing) => {
      const error = refuse(mail)
      if (error) throw error
      taken.push(mail)
    },
  }
}

describe('queue', () => {
  test('the mail is there with the act, and gone with it', async () => {
    await queue(reset())
    const gone = db().transaction(async (tx) => {
      await queueMail(tx, reset('gone@example.com'))
      throw new Error('the act failed')
    })
    await expect(gone).rejects.toThrow('the act failed')
    expect(await rows()).toMatchObject([{ kind: 'reset_password', recipient: 'ada@example.com', attempts: 0 }])
  })

  test('threat 12: of a link that waits the table shows nothing', async () => {
    await queue({ ...reset(), token: 'Sup3rSecretToken' } as Mail)
    expect(JSON.stringify(await rows())).not.toContain('Sup3rSecretToken')
  })

  test('what is told once is written once, also at once', async () => {
    await Promise.all([1, 2, 3].map(() => queue({ ...reset(), onceKey: 'one' })))
    expect(await rows()).toHaveLength(1)
  })

  test('a person gets no kind that they switched off; what is about getting in they always get', async () => {
    const { user } = await makePerson()
    await db()
      .update(users)
      .set({ emailVerifiedAt: new Date(), unwantedMail: [...optionalKinds, 'reset_password'] })
      .where(eq(users.id, user.id))
    await queue(keyMail(user))
    expect(await rows()).toEqual([])
    await queue({ ...reset(), to: { userId: user.id, ...user } })
    expect(await rows()).toHaveLength(1)
  })

  test('text that people chose does not go to an address that nobody has proved', async () => {
    const { user } = await makePerson()
    const prove = (at: Date | null) => db().update(users).set({ emailVerifiedAt: at }).where(eq(users.id, user.id))
    await prove(null)
    await queue(keyMail(user))
    expect(await rows()).toEqual([])
    await prove(new Date())
    await queue(keyMail(user))
    expect(await rows()).toHaveLength(1)
  })

  test('nor does a name: whoever signs up may have made it up to have it sent there', async () => {
    const { user } = await makePerson({ name: 'Claim at evil.example' })
    const send = async (at: Date | null, userId: string | undefined) => {
      await db().update(users).set({ emailVerifiedAt: at }).where(eq(users.id, user.id))
      await queue({ ...reset(), to: { ...user, userId } })
      const smtp = server()
      await sendMail(smtp.take)
      return JSON.stringify(smtp.taken)
    }
    expect(await send(null, user.id)).not.toContain('evil')
    expect(await send(new Date(), undefined)).not.toContain('evil')
    expect(await send(new Date(), user.id)).toContain('Hello Claim at evil.example,')
  })
})

describe('send', () => {
  test('each mail once, and then its content is gone', async () => {
    await queue(reset())
    const smtp = server()
    expect(await sendMail(smtp.take)).toBe(1)
    expect(await sendMail(smtp.take)).toBe(0)
    expect(smtp.taken).toMatchObject([{ to: { name: '', address: 'ada@example.com' }, subject: 'Set a new password' }])
    expect(await rows()).toMatchObject([
      { sentAt: expect.any(Date), sealedContent: null, attempts: 1, lastError: null },
    ])
  })

  test('several instances at once: each mail once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue(reset(`p${n}@example.com`))))
    const smtp = server()
    await Promise.all([1, 2, 3, 4].map(() => sendMail(smtp.take)))
    expect(smtp.taken.map(({ to }) => to.address).sort()).toEqual((await rows()).map(({ recipient }) => recipient))
    expect(smtp.taken).toHaveLength(20)
  })

  test('while the server is away nothing is lost, waits grow, and then each comes once with the same id', async () => {
    await queue(reset())
    const ids: string[] = []
    const away = server(({ id }) => {
      ids.push(id)
      return new Error('connect ECONNREFUSED')
    })
    const waits: number[] = []
    for (const _ of [1, 2, 3]) {
      await makeDue()
      expect(await sendMail(away.take)).toBe(1)
      const [row] = await db()
        .select({ wait: sql<string>`extract(epoch from ${outbox.nextAttemptAt} - now())`, error: outbox.lastError })
        .from(outbox)
      waits.push(Math.round(Number(row?.wait)))
      expect(row?.error).toContain('ECONNREFUSED')
    }
    expect(waits).toEqual([2, 4, 8])
    await makeDue()
    const back = server()
    await sendMail(back.take)
    expect(back.taken.map(({ id }) => id)).toEqual([ids[0]])
    expect(new Set(ids).size).toBe(1)
  })

  test('what was taken by a process that died comes round when its time is over, not before', async () => {
    await queue(reset())
    void sendMail(() => new Promise(() => {}))
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(1)
    const smtp = server()
    expect(await sendMail(smtp.take)).toBe(0)
    await makeDue()
    expect(await sendMail(smtp.take)).toBe(1)
  })

  test('the next process takes it over at its start, unless another instance may have it in hand', async () => {
    await queue(reset('in-hand@example.com'))
    void sendMail(() => new Promise(() => {}))
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(1)
    await queue(reset('put-off@example.com'))
    await sendMail(server(() => new Error('away')).take)
    await queue(reset('sent@example.com'))
    await sendMail(server().take)
    await takeOverMail()
    const smtp = server()
    await sendMail(smtp.take)
    expect(smtp.taken.map(({ to }) => to.address).sort()).toEqual(
      handle().kind === 'pglite' ? ['in-hand@example.com', 'put-off@example.com'] : [],
    )
  })

  test('a refusal for good is not tried again, and neither is anything after days; one for settings is', async () => {
    const refusal = (command: string, responseCode: number) => Object.assign(new Error('no'), { command, responseCode })
    expect(isFinal(refusal('RCPT TO', 550))).toBe(true)
    expect(isFinal(refusal('DATA', 554))).toBe(true)
    expect(isFinal(refusal('RCPT TO', 450))).toBe(false)
    expect(isFinal(refusal('AUTH PLAIN', 535))).toBe(false)
    expect(isFinal(refusal('MAIL FROM', 550))).toBe(false)
    const { givenUp } = mailState()
    await queue(reset())
    await sendMail(server(() => refusal('RCPT TO', 550)).take)
    expect(await rows()).toMatchObject([{ failedAt: expect.any(Date), sealedContent: null, lastError: 'no' }])
    await db().delete(outbox)
    await queue(reset())
    await db().update(outbox).set({ createdAt: sql`now() - interval '73 hours'` })
    await sendMail(server(() => new Error('away')).take)
    expect(await rows()).toMatchObject([{ failedAt: expect.any(Date), sealedContent: null }])
    await makeDue()
    expect(await sendMail(server().take)).toBe(0)
    expect(mailState().givenUp).toBe(givenUp + 2)
  })

  test('one that is refused keeps no other from being sent', async () => {
    for (const name of ['a', 'b', 'c']) await queue(reset(`${name}@example.com`))
    const smtp = server(({ to }) => (to.address.startsWith('b') ? new Error('busy') : null))
    await sendMail(smtp.take)
    expect(smtp.taken.map(({ to }) => to.address).sort()).toEqual(['a@example.com', 'c@example.com'])
  })

  test('forgets what was sent long ago, and nothing that waits', async () => {
    await queue(reset('old@example.com'))
    await sendMail(server().take)
    await queue(reset('waits@example.com'))
    await db().update(outbox).set({ createdAt: sql`now() - interval '61 days'` })
    await pruneMail()
    expect((await rows()).map(({ recipient }) => recipient)).toEqual(['waits@example.com'])
  })
})

test('without a mail server each mail is a file that only its owner reads, also when it is sent twice', async () => {
  const { user } = await makePerson({ name: 'Ada "<evil@example.com>, Lovelace' })
  await queue({ ...reset(), to: { userId: user.id, email: 'ada@example.com', name: user.name } } as Mail)
  await sendMail((mail) => deliver(mail).then(() => deliver(mail)))
  const [file, ...others] = readdirSync(outboxFolder())
  expect(others).toEqual([])
  expect(file).toMatch(/^\d{4}-\d\d-\d\dT\d{6}Z-reset_password-\w+\.eml$/)
  expect(statSync(outboxFolder()).mode & 0o777).toBe(0o700)
  expect(statSync(join(outboxFolder(), String(file))).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(outboxFolder(), String(file)), 'utf8')).toContain(
    '\r\nX-Latchkey-Link: http://localhost:3000/reset-password?token=tok\r\n',
  )
  const mail = await PostalMime.parse(readFileSync(join(outboxFolder(), String(file))))
  const [row] = await rows()
  expect(mail.messageId).toBe(`<${row?.id}@localhost>`)
  expect(mail.from).toEqual({ name: 'Latchkey', address: 'no-reply@localhost' })
  expect(mail.to?.map(({ address }) => address)).toEqual(['ada@example.com'])
  expect(mail.text).toContain('http://localhost:3000/reset-password?token=tok')
  expect(mail.html).toContain('href="http://localhost:3000/reset-password?token=tok"')
})

function keyMail(user: Person['user']): Mail {
  const project = { slug: user.project.slug, name: 'Shop' }
  const key = { id: 'k', label: 'Shop', hint: 'lk_x_…', thirdParty: null, project }
  return { kind: 'key_created', to: { userId: user.id, ...user }, key, by: 'Ada', expiresAt: null }
}

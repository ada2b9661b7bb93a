import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

// Runs before each test file. What a developer has set must not decide what the tests see.
for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL', 'SMTP_URL', 'ADMIN_EMAIL', 'ADMIN_PASSWORD']) {
  delete process.env[name]
}
Object.assign(process.env, {
  APP_URL: 'http://localhost:3000',
  DATA_DIR: join(tmpdir(), `latchkey-test-${process.pid}`),
  AUTH_SECRET: randomBytes(32).toString('base64'),
  KEY_PEPPERS: `1:${randomBytes(32).toString('base64')}`,
  LOG_LEVEL: 'silent',
  // Tests change rows behind the verbs' back; those of the lease ask for one.
  VERIFY_LEASE_MS: '0',
})

afterAll(() => rmSync(String(process.env.DATA_DIR), { recursive: true, force: true }))

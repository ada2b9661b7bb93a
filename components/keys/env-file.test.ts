import { expect, test } from 'vitest'
import { envFile } from './env-file'

test('is named after the label and holds one setting', () => {
  expect(envFile('Invoices to Billing', 'Zapier', 'lk_a')).toEqual({
    name: 'invoices-to-billing.env',
    text: '# Invoices to Billing (Zapier)\nLATCHKEY_API_KEY=lk_a\n',
  })
})

test('a label cannot become a path or a setting of its own', () => {
  for (const label of ['../../etc/passwd', 'a\nPATH=/evil', '😀', '.env', 'x'.repeat(100)]) {
    const { name, text } = envFile(label, undefined, 'lk_a')
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,39}\.env$/)
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual(['LATCHKEY_API_KEY=lk_a'])
  }
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sbom } from './sbom'

interface Package {
  name: string
  versionInfo: string
  licenseDeclared: string
}

interface Locked {
  integrity?: string
  /** Part of another package's archive. */
  inBundle?: boolean
}

/** Licences that let anybody run, change and pass on what is installed, and ask for no more than to be named. */
const permissive = '0BSD Apache-2.0 BlueOak-1.0.0 BSD-3-Clause CC-BY-4.0 ISC MIT MIT-0 Unlicense'.split(' ')
/** Licences that ask for more, each with the packages that may have it, which are used as they come. */
const accepted: Record<string, RegExp> = {
  'OFL-1.1': /^@fontsource-variable\//,
  'LGPL-3.0-or-later': /^@img\/sharp-/,
  'MPL-2.0': /^lightningcss/,
}

const packages = (JSON.parse(sbom()) as { packages: Package[] }).packages

test('the bill names this release and every dependency of production, those of development tools too where both need one', () => {
  const { dependencies, version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const named = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`)
  expect(named).toContain(`latchkey@${version}`)
  const direct = Object.entries(dependencies).map(([name, pinned]) => `${name}@${pinned}`)
  expect(direct.filter((dependency) => !named.includes(dependency))).toEqual([])
  const names = packages.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['zod', 'jose', 'koa', 'postcss', '@auth/core']))
  for (const tool of ['vitest', 'knip', 'express', '@playwright/test']) expect(names).not.toContain(tool)
})

test('every dependency of production has a licence that was accepted', () => {
  const refused = packages.filter(
    ({ name, licenseDeclared }) =>
      !licenseDeclared
        .split(' AND ')
        .every((licence) => permissive.includes(licence) || (accepted[licence]?.test(name) ?? false)),
  )
  expect(refused.map(({ name, licenseDeclared }) => [name, licenseDeclared])).toEqual([])
})

test('npm ci can tell whether a package is the one that was locked, on every platform', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
  const unsure = Object.entries(packages).filter(([path, { integrity, inBundle }]) => path && !integrity && !inBundle)
  expect(unsure.map(([path]) => path)).toEqual([])
})

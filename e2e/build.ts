import { execFileSync } from 'node:child_process'

/** Before all browser tests: a production build, once, before several workers would start one each. */
export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'inherit', 'inherit'] })
}

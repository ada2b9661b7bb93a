import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import type { Round } from './measure'
import { type Comparison, median, SENSITIVITY } from './timing'

/** A claim, what was measured for it, and whether it holds. */
export interface Target {
  claim: string
  measured: string
  /** The same by another measure, for comparison; not judged. */
  beside: string
  met: boolean
}

/** Everything that a run has found. */
export interface Results {
  rounds: Map<string, Round[]>
  targets: Target[]
  comparisons: { name: string; planted: boolean; result: Comparison }[]
  setting: { rounds: number; seconds: number; warmUp: number; sizes: number[]; database: string }
}

/** The page of a run, in Markdown. */
export function report({ rounds, targets, comparisons, setting }: Results): string {
  const all = [...rounds.values()].flat()
  const lines = [
    '# Performance',
    '',
    'Made by `npm run bench`; every number and verdict on this page was printed by that run. What the admin pages and',
    'exports cost with a million keys is in [size.md](size.md).',
    '',
    `- Machine: ${cpus()[0]?.model}, ${cpus().length} cores, Linux, Node ${process.version}, ${setting.database}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}; commit ${commit()}`,
    `- ${setting.rounds} interleaved rounds of ${setting.seconds} s each after ${setting.warmUp} s of warm-up for each line; medians`,
    `- Other programs on this machine used ${round(median(all.map(({ others }) => others)))} cores meanwhile (median; at most ${round(Math.max(...all.map(({ others }) => others)))})`,
    `- The load generator used ${round(median(all.map(({ generator }) => generator)))} µs of CPU a request (median)`,
    '',
    ...reading,
    '',
    '## Targets',
    '',
    ...table(
      ['target', 'by CPU', 'by rate', ''],
      targets.map(({ claim, measured, beside, met }) => [claim, measured, beside, met ? 'met' : '**missed**']),
    ),
    '',
    ...(targets.every(({ met }) => met) ? [] : [...reasons, '']),
    '## Requests',
    '',
    ...table(
      ['', 'answers/s', 'server CPU µs', 'database CPU µs', 'p50 ms', 'p99 ms'],
      [...rounds].map(([name, of]) => [
        name,
        Math.round(middle(of, 'rate')).toLocaleString('en'),
        round(middle(of, 'server')),
        round(middle(of, 'database')),
        round(middle(of, 'p50'), 2),
        round(middle(of, 'p99'), 2),
      ]),
    ),
    '',
    '## What time tells about a credential',
    '',
    ...timingText,
    '',
    ...table(
      ['first against second', 'pairs', 'first µs', 'second µs', 'difference µs', '99.9 % interval', 'seen'],
      comparisons.map(({ name, result }) => [
        name,
        String(result.pairs),
        round(result.first, 0),
        round(result.second, 0),
        round(result.difference),
        `${round(result.low)} to ${round(result.high)}`,
        result.seen,
      ]),
    ),
    '',
  ]
  return lines.join('\n')
}

/** The median of one measure over the rounds of a scenario. */
export const middle = (rounds: readonly Round[] | undefined, what: keyof Round): number =>
  median((rounds ?? []).map((of) => of[what]))

/** A number with so many decimals, without a sign before zero. */
export const round = (value: number, decimals = 1): string => value.toFixed(decimals).replace(/^-(0(\.0+)?)$/, '$1')

const reading = [
  '**How to read it.** All servers run on one machine with their database and the load generator, so rates and p99 are',
  'those of a crowded machine and vary from run to run; CPU per request hardly does, and is what the targets are judged',
  'by. A round of every line is run before the next round of any, and a ratio is the median of the ratios within the',
  'rounds, so that whatever slows the machine down slows both sides of it. CPU is user and system time of all threads and',
  'child processes, read from `/proc`; the database is all of its processes. Usage that is written after the answers is',
  'waited for and counted. PostgreSQL does not wait for the disk here (`fsync` and `synchronous_commit` are off, and so is',
  'autovacuum), which favours what writes most: the plain way. `node:http` gives the same answers, bytes and headers,',
  'from memory. The plain way is the same check with one read of the database and one UPDATE of last use for each request.',
  'A record may be held for a second, so a key that comes again within one needs no read; 10,000 keys in turn do so only',
  'at more than 10,000 answers a second, and below it show what a read for each request costs.',
]

const reasons = [
  '**Where a target is missed**, this is known of the reason. Next keeps its context by hooks that, up to Node 22, run for',
  'every promise of the process once a page has been rendered: measured by itself, that took `/api/v1/me` from 0.38 of',
  '`node:http` to 0.33, and on Node 24 to no less than before ([decision](decisions/0001-front.md)). The rest of the way to',
  "0.45, and to 25 times as cheap as Next, is the guard's own work; two ways to do it for less were tried, and neither could be",
  'told from the noise. 1,000 keys in turn need 1,000 reads a second, however many requests come: the fewer a machine answers,',
  'the more each of them pays, here and beside the plain way. One key needs one read a second, so its cost cannot depend on',
  'the size of the table, and a larger table cannot be the cheaper one: lines that say so met other moments of the machine.',
]

const timingText = [
  `One request at a time, in pairs whose order is drawn; the trimmed mean of the differences and its interval. "Seen" says`,
  `whether the second kind surely takes longer or shorter than the first by half of ${SENSITIVITY / 1000} ms or more. The planted line is a`,
  `server that burns ${SENSITIVITY / 1000} ms before it answers the second kind: this test must see it. The control compares a kind with itself.`,
]

function table(head: string[], rows: string[][]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => (column ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [line(head), rule, ...rows.map(line)]
}

/** The commit that was measured, and whether anything of it was changed. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'app', 'db', 'lib', 'bench', 'server.ts', 'package-lock.json')
    return `\`${git('rev-parse', '--short', 'HEAD')}\`${changed ? ' with changes' : ''}`
  } catch {
    return 'unknown'
  }
}

import { readFileSync } from 'node:fs'

/** Linux counts for programs in hundredths of a second, whatever the kernel's own clock is. */
const MS_PER_TICK = 10

/** CPU that a process and all that it started have used so far, user and system, in ms. */
export function cpuOf(pid: number): number {
  // Those that have ended are in their parent's count. One that ends between two looks is counted a moment later.
  const used = ticksOf(pid) * MS_PER_TICK
  return children(pid).reduce((sum, child) => sum + cpuOf(child), used)
}

/** CPU that the whole machine has used so far, in ms. */
export function cpuOfMachine(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number)
  return (user + nice + system + irq + softirq) * MS_PER_TICK
}

function ticksOf(pid: number): number {
  const text = readOrEmpty(`/proc/${pid}/stat`)
  // The name, in brackets, may hold anything. After it: state, …, utime, stime, cutime, cstime (proc(5), 14 to 17).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
}

const children = (pid: number): number[] =>
  readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

import type { Origin } from '@/lib/actor'

/**
 * The device of a session in plain words, such as "Firefox on Windows". A user agent is what a client says of itself:
 * good for recognising one's own devices, and for nothing else.
 */
export function deviceName(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device'
  const system = systems.find(([mark]) => mark.test(userAgent))?.[1]
  const browser = browsers.find(([mark]) => mark.test(userAgent))?.[1] ?? product(userAgent)
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? 'Unknown device'
}

/** Where an act came from, as mails tell it. */
export const placeOf = ({ userAgent, address }: Origin) => ({ device: deviceName(userAgent), address })

/** Later ones claim to be earlier ones' kin: the order decides. */
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Headless)?(Chrome|CriOS)\//, 'Chrome'],
  [/\bChromium\//, 'Chromium'],
  // Anchored, since it would otherwise look for the second word again behind each of the first.
  [/^(?=.*\bVersion\/\d).*\bSafari\//, 'Safari'],
]

const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What programs call themselves: `curl/8.5.0` is curl. */
function product(userAgent: string): string | undefined {
  return /^(?!Mozilla\/)([\w.-]{1,40})\//.exec(userAgent)?.[1]
}

import './globals.css'
import type { Metadata, Viewport } from 'next'
import { connection } from 'next/server'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import { Toaster } from '@/components/ui/toast'
import { TooltipLayer } from '@/components/ui/tooltip'

export const metadata: Metadata = {
  title: { default: 'Latchkey', template: '%s · Latchkey' },
  description: 'One labelled API key for each third party: shown once, traced, and cut off in one click.',
  // Nothing here is for search engines, and a link out must not tell which project it came from.
  robots: { index: false },
  referrer: 'same-origin',
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfaf8' },
    { media: '(prefers-color-scheme: dark)', color: '#0e1013' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Every page carries the nonce of its own request, so none may be drawn at build time.
  await connection()
  return (
    <html lang="en">
      <body>
        <NuqsAdapter>
          <div className="isolate min-h-dvh">{children}</div>
        </NuqsAdapter>
        <TooltipLayer />
        <Toaster />
      </body>
    </html>
  )
}

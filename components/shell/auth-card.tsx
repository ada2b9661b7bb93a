import type { ReactNode } from 'react'
import { LogoMark } from './logo'

/** The layout of the pages before one is signed in: the mark, the title, the form; `footer` leads to the other page. */
export function AuthCard({
  title,
  description,
  footer,
  children,
}: {
  title: ReactNode
  description?: ReactNode
  footer?: ReactNode
  children: ReactNode
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-100 flex-col justify-center px-4 py-12 sm:px-0">
      <div className="mb-6 flex flex-col items-center text-center">
        <LogoMark className="mb-4 h-9" />
        <h1 className="text-balance font-semibold text-xl">{title}</h1>
        {description && <p className="mt-1.5 text-pretty text-quiet">{description}</p>}
      </div>
      <div className="rounded-surface border bg-surface p-6 max-sm:p-4">{children}</div>
      {footer && <div className="mt-5 text-center text-quiet">{footer}</div>}
    </main>
  )
}

import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '@/components/ui/button'
import { sureToLeave } from './confirm-identity'

/**
 * A link to an export, which takes a recent sign-in. A download and no page: the router must not fetch it ahead. Without
 * `download`, or a browser would save the page that asks who it is in place of the file.
 */
export function SureDownload({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      className={buttonClass()}
      onClick={(event) => {
        event.preventDefault()
        void sureToLeave().then((sure) => sure && window.location.assign(href))
      }}
    >
      <Download aria-hidden="true" className="size-4" />
      {children}
    </a>
  )
}

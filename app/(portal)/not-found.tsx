import { PageHead } from '@/components/shell/page-head'
import { ButtonLink } from '@/components/ui/button'

export const metadata = { title: 'Not found' }

/** As the page outside of the shell, for who is signed in. */
export default function NotFound() {
  return (
    <>
      <PageHead title="There is nothing here">
        The page does not exist, or it belongs to a project that you are not a member of. Check the address, or start
        from your own keys.
      </PageHead>
      <ButtonLink href="/" variant="primary">
        Go to your keys
      </ButtonLink>
    </>
  )
}

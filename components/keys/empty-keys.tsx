import { Plus } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { EmptyState } from '@/components/ui/empty-state'
import { useKeyActs } from './key-acts'
import { KeysDrawing } from './keys-drawing'

/** A project without keys: why one each, the way to the first, and the call it will be good for. */
export function EmptyKeys({ appUrl }: { appUrl: string }) {
  const { canWrite, open } = useKeyActs()
  return (
    <EmptyState
      drawing={<KeysDrawing />}
      title="One key for each third party"
      action={
        <>
          {canWrite && (
            <Button
              variant="primary"
              icon={<Plus aria-hidden="true" className="size-4" />}
              onClick={() => open({ kind: 'create' })}
            >
              Create key
            </Button>
          )}
          <div className="w-full max-w-140">
            <CodeBlock
              label="What the key will be good for"
              code={`curl -H "Authorization: Api-Key $LATCHKEY_API_KEY" ${appUrl}/api/v1/me`}
            />
          </div>
        </>
      }
    >
      If one leaks, you know whose it was. You cut off only that one, and everybody else goes on working.
    </EmptyState>
  )
}

'use client'

import { Tooltip as BaseTooltip } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'

// All triggers of a page share one tooltip: a table of fifty rows has two hundred of them.
const shared = BaseTooltip.createHandle<ReactNode>()

/** Says more about the element in `children` on hover and focus. It is for eyes only: the element needs its own name. */
export function Tooltip({ content, children }: { content: ReactNode; children: ReactElement }) {
  return <BaseTooltip.Trigger handle={shared} payload={content} render={children} closeOnClick={false} />
}

/** Draws the tooltip of the whole page; stands once, in the root layout. */
export function TooltipLayer() {
  return (
    <BaseTooltip.Provider delay={350} closeDelay={0} timeout={400}>
      <BaseTooltip.Root handle={shared}>
        {({ payload }) => (
          <BaseTooltip.Portal>
            <BaseTooltip.Positioner sideOffset={6} collisionPadding={8} className="z-60">
              <BaseTooltip.Popup className="float-motion max-w-80 rounded-control bg-ink px-2.5 py-1.5 text-paper text-sm tabular-nums shadow-float">
                {payload as ReactNode}
              </BaseTooltip.Popup>
            </BaseTooltip.Positioner>
          </BaseTooltip.Portal>
        )}
      </BaseTooltip.Root>
    </BaseTooltip.Provider>
  )
}

'use client'

import { Plus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { KeysDrawing } from '@/components/keys/keys-drawing'
import { PageHead } from '@/components/shell/page-head'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { toast } from '@/components/ui/toast'
import type { LinkedApp, ThirdParty } from '@/lib/third-parties/input'
import { ThirdPartiesTable, type ThirdPartyRow } from './third-parties-table'
import { type SaveThirdParty, ThirdPartyDialog, type ThirdPartyFields } from './third-party-form'

type ThirdPartiesProps = {
  rows: readonly ThirdPartyRow[]
  /** The project's slug. */
  project: string
  canEdit: boolean
  /** The registered apps that a third party can be said to be. */
  apps: readonly LinkedApp[]
  addAction: (input: ThirdPartyFields & { project: string }) => ReturnType<SaveThirdParty>
  editAction: (input: ThirdPartyFields & { id: string }) => ReturnType<SaveThirdParty>
  linkAction: (input: { id: string; app: string }) => ReturnType<SaveThirdParty>
}

/** The page of third parties: who may hold keys, and the dialog that adds and edits them. */
export function ThirdParties({ rows, project, canEdit, apps, addAction, editAction, linkAction }: ThirdPartiesProps) {
  const addButton = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [edited, setEdited] = useState<ThirdPartyRow | undefined>()
  const [markedId, setMarkedId] = useState<string | null>(null)

  // The button that opened the dialog leaves together with the empty page, before or after the dialog has closed: before,
  // the dialog gives the focus to the one in its place.
  const empty = rows.length === 0
  const wasEmpty = useRef(empty)
  useEffect(() => {
    if (wasEmpty.current && !empty && document.activeElement === document.body) addButton.current?.focus()
    wasEmpty.current = empty
  }, [empty])

  function openFor(row?: ThirdPartyRow) {
    setEdited(row)
    setOpen(true)
  }

  function saved({ id, name }: ThirdParty) {
    setMarkedId(id)
    toast.success(`${name} was ${edited ? 'changed' : 'added'}.`)
  }

  async function link(row: ThirdPartyRow, app: LinkedApp) {
    const { error } = await ask(linkAction({ id: row.id, app: app.id }))
    if (error) return toast.error(error.message)
    setMarkedId(row.id)
    toast.success(`${row.name} was linked to the app ${app.name}.`)
  }

  const add = canEdit && (
    <Button
      ref={addButton}
      variant="primary"
      icon={<Plus aria-hidden="true" className="size-4" />}
      onClick={() => openFor()}
    >
      Add third party
    </Button>
  )
  return (
    <>
      <PageHead title="Third parties" inTopBar action={!empty && add}>
        {empty && 'Who calls your API, and whom to reach when a key must change.'}
      </PageHead>
      {empty ? (
        <EmptyState drawing={<KeysDrawing />} title="No third parties yet" action={add}>
          A third party is who a key is given to. Its name is the tag on each of its keys, so that you know whose key it
          is when one leaks.
        </EmptyState>
      ) : (
        <ThirdPartiesTable
          rows={rows}
          keysPath={`/projects/${project}/keys`}
          markedId={markedId}
          onEdit={canEdit ? openFor : undefined}
          onLink={link}
        />
      )}
      <ThirdPartyDialog
        open={open}
        onClose={() => setOpen(false)}
        thirdParty={edited}
        apps={apps}
        save={(fields) => (edited ? editAction({ ...fields, id: edited.id }) : addAction({ ...fields, project }))}
        onSaved={saved}
        finalFocus={edited ? undefined : addButton}
      />
    </>
  )
}

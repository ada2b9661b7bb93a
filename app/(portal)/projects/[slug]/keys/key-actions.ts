import type { KeyActions } from '@/components/keys/key-actions'
import {
  createKeyAction,
  endOverlapAction,
  readChildrenAction,
  readFormAction,
  regenerateKeyAction,
  revokeKeyAction,
  takeOverKeyAction,
  updateKeyAction,
} from './actions'

/** What the dialogs of both pages call. */
export const keyActions: KeyActions = {
  readChildrenAction,
  readFormAction,
  createKeyAction,
  updateKeyAction,
  regenerateKeyAction,
  endOverlapAction,
  takeOverKeyAction,
  revokeKeyAction,
}

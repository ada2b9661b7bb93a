import type { AppActions } from '@/components/apps/app-actions'
import { disableAction, enableAction, endOverlapAction, rotateSecretAction } from './actions'

/** What the dialogs of both pages call. */
export const appActions: AppActions = { rotateSecretAction, endOverlapAction, disableAction, enableAction }

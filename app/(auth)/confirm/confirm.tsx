import { ConfirmIdentity } from '@/components/users/confirm-identity'
import {
  confirmByPasskeyAction,
  confirmByPasswordAction,
  ownPasskeyOptionsAction,
  readWaysAction,
  signInAgainAction,
} from './actions'

/** Stands in every shell, for acts that want to know first that it is still the same person. */
export const Confirm = () => (
  <ConfirmIdentity
    readWaysAction={readWaysAction}
    confirmByPasswordAction={confirmByPasswordAction}
    ownPasskeyOptionsAction={ownPasskeyOptionsAction}
    confirmByPasskeyAction={confirmByPasskeyAction}
    signInAgainAction={signInAgainAction}
  />
)

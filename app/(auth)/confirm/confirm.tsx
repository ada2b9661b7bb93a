import { ConfirmFirst, ConfirmIdentity } from '@/components/users/confirm-identity'
import {
  checkRecentAction,
  confirmByPasskeyAction,
  confirmByPasswordAction,
  ownPasskeyOptionsAction,
  readWaysAction,
  signInAgainAction,
} from './actions'

const actions = {
  readWaysAction,
  confirmByPasswordAction,
  ownPasskeyOptionsAction,
  confirmByPasskeyAction,
  checkRecentAction,
  signInAgainAction,
}

/** Stands in every shell, for acts that want to know first that it is still the same person. */
export const Confirm = () => <ConfirmIdentity {...actions} />

/** Stands alone, for what a browser posts or downloads by itself; then leads to `next`. */
export const ConfirmThen = ({ next }: { next: string }) => <ConfirmFirst next={next} {...actions} />

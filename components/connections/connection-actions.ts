import type { Action } from '@/components/ui/ask'

/** What the dialogs and forms about connections call. */
export interface ConnectionActions {
  disconnectAction: Action<{ keyIds: string[]; grantIds: string[] }, { keys: number; grants: number }>
  removeAccessAction: Action<{ kind: 'key' | 'grant'; id: string }, { removed: true }>
  narrowAction: Action<{ grantId: string; scopes: string[] }, { scopes: string[] }>
}

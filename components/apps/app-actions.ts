import type { Action } from '@/components/ui/ask'
import type { ActionAnswer } from '@/lib/action-result'
import type { AppKind } from '@/lib/apps/input'
import type { AppRow } from './app-row'

/** What the form sends of an app. */
export interface AppFields {
  name: string
  homepage: string | null
  description: string | null
  redirectUris: string[]
  grantTypes: string[]
  scopes: string[]
  accessTtl: number
  refreshTtl: number
  machineTtl: number
}

export type RegisterAction = Action<
  AppFields & { slug: string; kind: AppKind; isPublic: boolean },
  { app: AppRow; secret: string | null }
>

export type UpdateAction = Action<{ clientId: string } & Partial<AppFields>, { app: AppRow }>

/** What can be done with an app from its row and its page. */
export interface AppActions {
  rotateSecretAction: Action<{ clientId: string; overlapSeconds: number }, { app: AppRow; secret: string }>
  endOverlapAction: Action<{ clientId: string }, { app: AppRow }>
  disableAction: Action<{ clientId: string }, { app: AppRow }>
  enableAction: Action<{ clientId: string }, { app: AppRow }>
}

export type RemoveLogoAction = Action<{ clientId: string }, { app: AppRow }>

export type EndGrantAction = Action<{ clientId: string; grantId: string }, { ended: true }>

/** What the logo's own route answers. Server actions wrap a file in more than 64 KiB leave room for. */
export type LogoAnswer = ActionAnswer & { data?: { logoUrl: string | null } }

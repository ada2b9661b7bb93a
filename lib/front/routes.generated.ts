// Made by scripts/bundle.mjs from app/api/v1. Do not edit.
import type { Routes } from './route-table'
import * as route0 from '@/app/api/v1/apps/route'
import * as route1 from '@/app/api/v1/apps/[id]/route'
import * as route2 from '@/app/api/v1/apps/[id]/disable/route'
import * as route3 from '@/app/api/v1/apps/[id]/enable/route'
import * as route4 from '@/app/api/v1/apps/[id]/end-overlap/route'
import * as route5 from '@/app/api/v1/apps/[id]/rotate-secret/route'
import * as route6 from '@/app/api/v1/audit/route'
import * as route7 from '@/app/api/v1/keys/route'
import * as route8 from '@/app/api/v1/keys/[id]/route'
import * as route9 from '@/app/api/v1/keys/[id]/end-overlap/route'
import * as route10 from '@/app/api/v1/keys/[id]/regenerate/route'
import * as route11 from '@/app/api/v1/keys/[id]/usage/route'
import * as route12 from '@/app/api/v1/me/route'
import * as route13 from '@/app/api/v1/openapi.json/route'
import * as route14 from '@/app/api/v1/third-parties/route'
import * as route15 from '@/app/api/v1/third-parties/[id]/route'

export const routes: Routes = {
  '/apps': route0,
  '/apps/[id]': route1,
  '/apps/[id]/disable': route2,
  '/apps/[id]/enable': route3,
  '/apps/[id]/end-overlap': route4,
  '/apps/[id]/rotate-secret': route5,
  '/audit': route6,
  '/keys': route7,
  '/keys/[id]': route8,
  '/keys/[id]/end-overlap': route9,
  '/keys/[id]/regenerate': route10,
  '/keys/[id]/usage': route11,
  '/me': route12,
  '/openapi.json': route13,
  '/third-parties': route14,
  '/third-parties/[id]': route15,
}

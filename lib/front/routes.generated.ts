// Made by scripts/bundle.mjs from app/api/v1. Do not edit.
import type { Routes } from './route-table'
import * as route0 from '@/app/api/v1/keys/route'
import * as route1 from '@/app/api/v1/keys/[id]/route'
import * as route2 from '@/app/api/v1/keys/[id]/end-overlap/route'
import * as route3 from '@/app/api/v1/keys/[id]/regenerate/route'
import * as route4 from '@/app/api/v1/keys/[id]/usage/route'
import * as route5 from '@/app/api/v1/me/route'
import * as route6 from '@/app/api/v1/openapi.json/route'
import * as route7 from '@/app/api/v1/third-parties/route'
import * as route8 from '@/app/api/v1/third-parties/[id]/route'

export const routes: Routes = {
  '/keys': route0,
  '/keys/[id]': route1,
  '/keys/[id]/end-overlap': route2,
  '/keys/[id]/regenerate': route3,
  '/keys/[id]/usage': route4,
  '/me': route5,
  '/openapi.json': route6,
  '/third-parties': route7,
  '/third-parties/[id]': route8,
}

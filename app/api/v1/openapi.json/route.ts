import { publicEndpoint } from '@/lib/api/endpoint'
import { openApi } from '@/lib/api/openapi'

export const GET = publicEndpoint(async () => ({
  status: 200,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  text: openApi().text,
}))

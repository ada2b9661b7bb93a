import 'server-only'
import { redirect } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { confirmPath } from '@/lib/confirm-path'
import { isFailure } from '@/lib/errors'

/** Waits until an export may begin. An old session is led to prove its person's identity, and from there back to the file. */
export async function sureFirst({ nextUrl }: NextRequest, begun: Promise<void>): Promise<void> {
  try {
    await begun
  } catch (error) {
    if (!isFailure(error) || error.code !== 'reauthentication_required') throw error
    redirect(confirmPath(nextUrl.pathname + nextUrl.search))
  }
}

import { z } from 'zod'
import { roles } from '@/lib/projects/roles'

export const roleSchema = z.enum(roles, 'Role must be owner, developer or viewer.')

/** What becomes of the keys of somebody who is removed. */
export const keptKeysSchema = z.enum(['keep', 'revoke'])

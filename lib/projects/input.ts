import { z } from 'zod'
import { lineSchema } from '@/lib/text'

export const projectSchema = z.strictObject({ name: lineSchema({ what: 'Name', max: 100 }) })

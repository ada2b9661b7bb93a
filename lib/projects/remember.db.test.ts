import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { memberships, projects } from '@/db/schema'
import { addMember, makePerson } from '@/db/testing'
import { lastProject, rememberProject } from './remember'

test('a visit begins with the project opened last', async () => {
  const [ada, grace] = [await makePerson(), await makePerson()]
  await addMember(grace.projectId, ada, 'viewer')
  expect(await lastProject(ada.actor)).toMatchObject({ id: ada.projectId, role: 'owner' })
  await rememberProject(ada.actor, grace.projectId)
  expect(await lastProject(ada.actor)).toMatchObject({ id: grace.projectId, role: 'viewer' })
  expect(await lastProject(grace.actor)).toMatchObject({ id: grace.projectId, role: 'owner' })
})

test('what one may no longer see is not where a visit begins', async () => {
  const [ada, grace] = [await makePerson(), await makePerson()]
  await addMember(grace.projectId, ada, 'viewer')
  await rememberProject(ada.actor, grace.projectId)
  await db().update(projects).set({ deletedAt: new Date() }).where(eq(projects.id, grace.projectId))
  expect(await lastProject(ada.actor)).toMatchObject({ id: ada.projectId })
  await db().delete(memberships).where(eq(memberships.userId, ada.user.id))
  expect(await lastProject(ada.actor)).toBeNull()
})

import { expect, test } from 'vitest'
import { addMember, auditOf, makePerson, outcome } from '@/db/testing'
import { endSession } from '@/lib/sessions/end'
import { createProject } from './create'
import { findProject, listProjects } from './find'
import { projectSchema } from './input'
import { renameProject } from './rename'

test('a project is made by its owner, with a slug of its own', async () => {
  const ada = await makePerson()
  const input = projectSchema.parse({ name: ' Rocket plans ' })
  const [one, two] = [await createProject(ada.actor, input), await createProject(ada.actor, input)]
  expect(one).toMatchObject({ name: 'Rocket plans', slug: expect.stringMatching(/^rocket-plans-[a-z0-9]{6}$/) })
  expect(two.slug).not.toBe(one.slug)
  expect(await findProject(ada.actor, one.slug)).toMatchObject({ id: one.id, role: 'owner' })
  expect(await listProjects(ada.actor)).toHaveLength(3)
  expect(await auditOf(one.id)).toMatchObject([
    { action: 'project.created', actorId: ada.user.id, projectId: one.id, targetName: 'Rocket plans' },
  ])
})

test('nobody makes one with a session that has ended, or thirty in an hour', async () => {
  const ada = await makePerson()
  const many = await Promise.all(
    Array.from({ length: 40 }, () => outcome(createProject(ada.actor, { name: 'Another' }))),
  )
  expect(many.filter((result) => result === 'done')).toHaveLength(30)
  expect(many.filter((result) => result === 'rate_limited')).toHaveLength(10)
  const bob = await makePerson()
  await endSession(bob.actor, bob.actor.sessionId)
  expect(await outcome(createProject(bob.actor, { name: 'Late' }))).toBe('invalid_credentials')
})

test('a project takes another name and keeps its slug, also by two at once', async () => {
  const [ada, bob] = [await makePerson(), await makePerson()]
  await addMember(ada.projectId, bob, 'owner')
  const names = await Promise.all(
    [ada, bob].map(({ actor }, at) => outcome(renameProject(actor, ada.projectId, { name: `Name ${at}` }))),
  )
  expect(names).toEqual(['done', 'done'])
  await renameProject(ada.actor, ada.projectId, { name: 'Last' })
  await renameProject(ada.actor, ada.projectId, { name: 'Last' })
  expect(await findProject(ada.actor, ada.user.project.slug)).toMatchObject({ id: ada.projectId, name: 'Last' })
  const renames = (await auditOf(ada.projectId)).filter(({ action }) => action === 'project.renamed')
  expect(renames).toHaveLength(3)
  expect(renames.at(-1)?.changes).toEqual({ name: [expect.stringMatching(/^Name \d$/), 'Last'] })
})

test('a name that deceives or is missing is refused', () => {
  for (const name of ['', ' ', 'a\u202eb', 'x'.repeat(101), 'two\nlines']) {
    expect(projectSchema.safeParse({ name }).success).toBe(false)
  }
})

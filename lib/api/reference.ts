import type { oas31 } from 'zod-openapi'

/** A member of an object, or a parameter, in words. */
export interface Member {
  name: string
  /** Such as "text", "list of text", "time or null", "Key". */
  type: string
  required: boolean
  description?: string
  /** What it is when it is left out. */
  fallback?: string
  /** The only values there are. */
  values?: string[]
  /** The members of an object that has no name of its own. */
  members?: Member[]
}

export interface OperationReference {
  id: string
  method: string
  /** As in the document, with `{id}`. */
  path: string
  /** What stands before the path. */
  base: string
  summary: string
  description?: string
  /** The scope that a key needs; undefined when any credential will do. */
  scope?: string
  /** False for what needs nothing. */
  needsCredential: boolean
  takesSession: boolean
  parameters: (Member & { in: string })[]
  body?: { required: boolean; members: Member[]; example?: unknown }
  answer: {
    status: string
    description: string
    type?: string
    members?: Member[]
    example?: unknown
    headers: { name: string; description?: string }[]
  }
  /** Those of its own; see `common` for the others. */
  refusals: Refusals
}

type Refusals = { status: string; codes: string[] }[]

export interface Reference {
  introduction: string
  groups: { name: string; description: string; operations: OperationReference[] }[]
  /** Refusals that every operation with a credential has. */
  common: Refusals
  /** Objects with a name of their own. */
  objects: { name: string; like?: string; members: Member[] }[]
}

/** The OpenAPI document as the reference page tells it. */
export function referenceOf(document: oas31.OpenAPIObject): Reference {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item)
      .filter((entry): entry is [string, oas31.OperationObject] => 'operationId' in (entry[1] as object))
      .map(([method, operation]) => ({
        tag: operation.tags?.[0],
        ...operationReference(
          document,
          method.toUpperCase(),
          path,
          operation,
          baseOf(item.servers ?? document.servers),
        ),
      })),
  )
  const everywhere = (code: string) =>
    operations.every(
      ({ needsCredential, refusals }) => !needsCredential || refusals.some(({ codes }) => codes.includes(code)),
    )
  return {
    common: only(operations.find(({ needsCredential }) => needsCredential)?.refusals ?? [], everywhere),
    introduction: document.info.description ?? '',
    groups: (document.tags ?? []).map(({ name, description = '' }) => ({
      name,
      description,
      operations: operations
        .filter(({ tag }) => tag === name)
        .map((operation) => ({ ...operation, refusals: only(operation.refusals, (code) => !everywhere(code)) })),
    })),
    objects: Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
      name,
      like: partsOf(schema).flatMap((part) => ('$ref' in part ? typeOf(part) : []))[0],
      members: ownMembers(schema) ?? [],
    })),
  }
}

/** The refusals whose code passes, by status. */
const only = (refusals: Refusals, passes: (code: string) => boolean): Refusals =>
  refusals.map(({ status, codes }) => ({ status, codes: codes.filter(passes) })).filter(({ codes }) => codes.length > 0)

function operationReference(
  document: oas31.OpenAPIObject,
  method: string,
  path: string,
  operation: oas31.OperationObject,
  base: string,
): OperationReference {
  const security = operation.security ?? []
  const { content: requestContent, required = false } = resolve(document, operation.requestBody) ?? {}
  const body = requestContent?.['application/json']
  const responses = Object.entries(operation.responses ?? {}) as [string, oas31.ResponseObject][]
  const [status = '', success] = responses.find(([code]) => code < '300') ?? []
  const answer = success?.content?.['application/json']
  return {
    id: operation.operationId ?? '',
    method,
    path,
    base,
    summary: operation.summary ?? '',
    description: operation.description,
    scope: security.flatMap((each) => Object.values(each).flat())[0],
    needsCredential: security.length > 0,
    takesSession: security.some((each) => 'session' in each),
    parameters: (operation.parameters ?? []).map((each) => {
      const { name, in: place, required: needed = false, schema, description } = each as oas31.ParameterObject
      return { ...memberOf(name, schema ?? {}, needed), description, in: place }
    }),
    ...(body && { body: { required, members: membersOf(body.schema ?? {}), example: body.example } }),
    answer: {
      status,
      description: success?.description ?? '',
      type: answer?.schema && typeOf(answer.schema),
      members: answer?.schema && ownMembers(answer.schema),
      example: answer?.example,
      headers: Object.entries(success?.headers ?? {})
        .filter(([, header]) => !('$ref' in header))
        .map(([name, header]) => ({ name, description: (header as oas31.HeaderObject).description })),
    },
    refusals: responses
      .filter(([code]) => code >= '400')
      .map(([code, response]) => ({
        status: code,
        codes: Object.keys(resolve(document, response)?.content?.['application/problem+json']?.examples ?? {}),
      })),
  }
}

function baseOf(servers: oas31.ServerObject[] | undefined): string {
  const [server] = servers ?? []
  return (server?.url ?? '').replace(/\{(\w+)\}/g, (_, name: string) =>
    String(server?.variables?.[name]?.default ?? ''),
  )
}

type Schema = oas31.SchemaObject | oas31.ReferenceObject

/** What a reference within the document points at, or the thing itself. */
function resolve<T extends object>(document: oas31.OpenAPIObject, thing: T | oas31.ReferenceObject | undefined) {
  if (!thing || !('$ref' in thing) || typeof thing.$ref !== 'string') return thing as T | undefined
  const steps = thing.$ref.slice(2).split('/')
  return steps.reduce((at, step) => (at as Record<string, unknown>)[step] as object, document as object) as T
}

function membersOf(schema: Schema): Member[] {
  if (!('properties' in schema)) return []
  const { properties = {}, required = [] } = schema
  return Object.entries(properties).map(([name, member]) => memberOf(name, member as Schema, required.includes(name)))
}

function memberOf(name: string, schema: Schema, required: boolean): Member {
  const { description, default: fallback } = schema as oas31.SchemaObject
  const members = ownMembers(schema)
  const values = enumOf(schema)
  return {
    name,
    type: typeOf(schema),
    required,
    ...(description && { description }),
    ...(fallback !== undefined && { fallback: typeof fallback === 'string' ? fallback : JSON.stringify(fallback) }),
    ...(values && { values }),
    ...(members && { members }),
  }
}

/** Members of the objects in `schema` that have no name: its own, those of its list, its parts and its alternatives. */
function ownMembers(schema: Schema): Member[] | undefined {
  if ('$ref' in schema) return undefined
  if ('properties' in schema) return membersOf(schema)
  const inner = [
    ...('items' in schema && schema.items ? [schema.items as Schema] : []),
    ...alternatives(schema),
    ...partsOf(schema),
  ]
  const members = merged(inner.flatMap((each) => ownMembers(each) ?? []))
  return members.length > 0 ? members : undefined
}

/** A member that several alternatives have is one that takes the values of each. */
function merged(members: Member[]): Member[] {
  const byName = new Map<string, Member>()
  for (const member of members) {
    const { type } = byName.get(member.name) ?? member
    byName.set(member.name, { ...member, type: type === member.type ? type : `${type} or ${member.type}` })
  }
  return [...byName.values()]
}

function enumOf(schema: Schema): string[] | undefined {
  if ('enum' in schema) return schema.enum?.map(String)
  if ('items' in schema && schema.items) return enumOf(schema.items as Schema)
  return undefined
}

const alternatives = (schema: Schema): Schema[] =>
  (('anyOf' in schema && schema.anyOf) || ('oneOf' in schema && schema.oneOf) || []) as Schema[]

const partsOf = (schema: Schema): Schema[] => ('allOf' in schema ? (schema.allOf as Schema[]) : [])

const words: Record<string, string> = { string: 'text', integer: 'whole number', boolean: 'true or false' }
const formats: Record<string, string> = { 'date-time': 'time', date: 'day' }

function typeOf(schema: Schema): string {
  if ('$ref' in schema && schema.$ref) return schema.$ref.split('/').pop() ?? ''
  const { type, format, items, const: only, minimum, maximum } = schema as oas31.SchemaObject
  const others = alternatives(schema)
  const parts = partsOf(schema)
  if (parts.length > 0) return parts.map(typeOf).join(' and ')
  if (others.length > 0) return [...new Set(others.map(typeOf))].join(' or ')
  if (only !== undefined) return JSON.stringify(only)
  if (Array.isArray(type)) return type.map((each) => typeOf({ ...schema, type: each } as Schema)).join(' or ')
  if (type === 'array') return `list of ${typeOf((items ?? {}) as Schema)}`
  if (type === 'integer' && minimum !== undefined && maximum !== undefined) {
    return `${minimum} to ${maximum.toLocaleString('en-US')}`
  }
  return formats[format ?? ''] ?? words[type ?? ''] ?? type ?? 'anything'
}

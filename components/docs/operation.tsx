import type { ReactNode } from 'react'
import { Badge } from '@/components/ui/badge'
import { CodeBlock } from '@/components/ui/code-block'
import { TextLink } from '@/components/ui/text-link'
import type { OperationReference } from '@/lib/api/reference'
import { type Scope, scopeSentences } from '@/lib/scopes'
import { Inline } from './markdown'
import { Members } from './members'
import { Refusals } from './refusals'
import { SnippetTabs } from './snippet-tabs'
import { type Own, snippetsOf } from './snippets'
import { TypeName } from './type-name'

/** What is known of the reader, where they are signed in. */
export interface Reader extends Own {
  /** Where their keys are. */
  keysPath: string
  /** A key of theirs that holds the scope, or any key when none is needed. */
  keyWith(scope?: string): { label: string; hint: string } | undefined
}

/** One operation of the reference: what it is for, what it needs, how to call it, what comes back. */
export function Operation({ operation, reader }: { operation: OperationReference; reader?: Reader }) {
  const { id, method, path, summary, description, body, answer } = operation
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4 border-t py-8">
      <div>
        <h3 id={id} className="scroll-mt-20 font-semibold text-lg">
          {summary}
        </h3>
        <p className="mt-1 flex flex-wrap items-center gap-2">
          <Badge mono tone={method === 'GET' ? 'quiet' : method === 'DELETE' ? 'danger' : 'accent'}>
            {method}
          </Badge>
          <code className="wrap-anywhere font-mono">{path}</code>
        </p>
        {description && (
          <p className="mt-2 text-pretty">
            <Inline text={description} />
          </p>
        )}
        <p className="mt-2 text-pretty">
          <Needs operation={operation} />
        </p>
      </div>
      <div>
        <SnippetTabs label={summary} snippets={snippetsOf(operation, reader)} />
        {reader && operation.needsCredential && <YourKey reader={reader} scope={operation.scope} />}
      </div>
      {['path', 'query', 'header'].map((place) => {
        const members = operation.parameters.filter((parameter) => parameter.in === place)
        return (
          members.length > 0 && (
            <Part key={place} title={places[place]}>
              <Members members={members} />
            </Part>
          )
        )
      })}
      {body && (
        <Part title={body.required ? 'Body' : 'Body, optional'}>
          <Members members={body.members} />
        </Part>
      )}
      <Part title={`Answer ${answer.status}`}>
        <p>
          {answer.description}
          {answer.type && (
            <span className="text-quiet">
              {' '}
              (<TypeName type={answer.type} />)
            </span>
          )}
        </p>
        {answer.headers.length > 0 && (
          <Members members={answer.headers.map((header) => ({ ...header, type: 'header', required: true }))} />
        )}
        {answer.members && <Members members={answer.members} />}
        {answer.example !== undefined && (
          <details>
            <summary className="w-fit rounded-control text-quiet hover:text-ink">Example</summary>
            <div className="mt-2">
              <CodeBlock code={JSON.stringify(answer.example, null, 2)} label={`${summary}, example answer`} />
            </div>
          </details>
        )}
      </Part>
      <Part title="Errors">
        {operation.needsCredential && (
          <p>
            <TextLink href="#errors">Those of every call</TextLink>
            {operation.refusals.length > 0 && ', and'}
          </p>
        )}
        <Refusals refusals={operation.refusals} />
      </Part>
    </section>
  )
}

const places: Record<string, string> = { path: 'Path', query: 'Query', header: 'Headers' }

function Needs({ operation: { scope, needsCredential, takesSession } }: { operation: OperationReference }) {
  if (!needsCredential) return 'Needs no credential.'
  const person = takesSession ? ', or somebody signed in' : ''
  if (!scope) return `Needs any key or access token${person}.`
  return (
    <>
      Needs a key or access token with <Inline text={`\`${scope}\``} /> (
      {lowerFirst(scopeSentences[scope as Scope] ?? scope)})
      {takesSession && ', or somebody signed in whose role allows it'}.
    </>
  )
}

function YourKey({ reader, scope }: { reader: Reader; scope?: string }) {
  const key = reader.keyWith(scope)
  return (
    <p className="mt-2 text-quiet text-sm">
      {key ? (
        <>
          {/* Only the visible part is known here. */}A key of yours that may do this:{' '}
          <code className="font-mono">{key.hint}</code> ({key.label})
        </>
      ) : (
        <>
          No key of yours may do this. <TextLink href={reader.keysPath}>Create one</TextLink>
        </>
      )}
    </p>
  )
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

function Part({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-2">
      <h4 className="font-semibold">{title}</h4>
      {children}
    </div>
  )
}

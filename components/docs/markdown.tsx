import { marked, type Token, type Tokens } from 'marked'
import type { ReactNode } from 'react'
import { CodeBlock } from '@/components/ui/code-block'
import { TextLink } from '@/components/ui/text-link'

/** Our own Markdown as elements of our own: nothing of it is taken as HTML. Links to other guides become pages. */
export function Markdown({ text }: { text: string }) {
  return <div className="flex flex-col gap-3">{blocks(marked.lexer(text))}</div>
}

/** A sentence with `code` in it. */
export function Inline({ text }: { text: string }) {
  return inline(marked.Lexer.lexInline(text))
}

function blocks(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => <Block key={keyOf(token, index)} token={token as Tokens.Generic} />)
}

function Block({ token }: { token: Tokens.Generic }): ReactNode {
  switch (token.type) {
    case 'heading': {
      const { depth, tokens = [] } = token as Tokens.Heading
      const Level = `h${depth}` as 'h1' | 'h2' | 'h3'
      return (
        <Level id={anchorOf(tokens)} className={headings[depth]}>
          {inline(tokens)}
        </Level>
      )
    }
    case 'code':
      return <CodeBlock code={token.text} label={`Code: ${token.lang ?? 'text'}`} />
    case 'list': {
      const { ordered, items } = token as Tokens.List
      const List = ordered ? 'ol' : 'ul'
      return (
        <List className={ordered ? 'list-decimal pl-5' : 'list-disc pl-5'}>
          {items.map((item, index) => (
            <li key={keyOf(item, index)} className="mt-1.5 pl-1 marker:text-quiet">
              {blocks(item.tokens)}
            </li>
          ))}
        </List>
      )
    }
    case 'table':
      return <TableOf table={token as Tokens.Table} />
    case 'paragraph':
      return <p className="text-pretty">{inline(token.tokens ?? [])}</p>
    // The text of a list item that is no paragraph of its own.
    case 'text':
      return inline(token.tokens ?? [token])
    case 'space':
      return null
    default:
      return <p>{token.raw}</p>
  }
}

function TableOf({ table: { header, rows } }: { table: Tokens.Table }) {
  return (
    <table className="w-full text-left">
      <thead>
        <tr>
          {header.map((cell, index) => (
            <th key={cellKey(cell, index)} scope="col" className="border-b py-2 pr-4 font-normal text-quiet text-sm">
              {inline(cell.tokens)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr key={cells[0]?.text}>
            {cells.map((cell, index) => (
              <td key={cellKey(cell, index)} className="border-b py-2 pr-4 align-top">
                {inline(cell.tokens)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const headings: Record<number, string> = {
  1: 'font-semibold text-2xl tracking-tight max-md:text-xl',
  2: 'mt-8! scroll-mt-20 font-semibold text-xl',
  3: 'mt-6! scroll-mt-20 font-semibold text-lg',
}

function inline(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => <Piece key={keyOf(token, index)} token={token as Tokens.Generic} />)
}

function Piece({ token }: { token: Tokens.Generic }): ReactNode {
  const inner = () => inline(token.tokens ?? [])
  switch (token.type) {
    case 'codespan':
      return <code className="wrap-anywhere rounded-[4px] bg-hover px-1 py-0.5 font-mono text-sm">{token.text}</code>
    case 'strong':
      return <strong className="font-semibold">{inner()}</strong>
    case 'em':
      return <em>{inner()}</em>
    case 'link':
      return <TextLink href={addressOf(token.href)}>{inner()}</TextLink>
    case 'br':
      return <br />
    default:
      return token.text ?? token.raw
  }
}

/** Guides link to each other, and to files beside them, as files: so their links work in the repository too. */
function addressOf(href: string): string {
  const guide = /^(?:\.\.\/)?([\w-]+)(?:\/README)?\.md(#.*)?$/.exec(href)
  if (guide) return `/docs/${guide[1]}${guide[2] ?? ''}`
  return /^[\w.-]+$/.test(href) ? `#${href}` : href
}

/** The code in a heading, where it has one; else its words. */
function anchorOf(tokens: readonly Token[]): string {
  const code = tokens.find(({ type }) => type === 'codespan') as Tokens.Codespan | undefined
  const text = code?.text ?? tokens.map(({ raw }) => raw).join('')
  return code
    ? text
    : text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '')
}

// Markdown is drawn once and never reordered.
const keyOf = (token: Token, index: number): string => `${index} ${token.type}`

const cellKey = ({ text }: Tokens.TableCell, index: number): string => `${index} ${text}`

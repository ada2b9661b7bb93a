/**
 * Text that is not printed by accident: templates, JSON, logs and the inspector all show `[secret]` or `[secret hash]`.
 * Only `reveal()` gives the text, so the places that let one out can be found by that word.
 */
export class Concealed<What extends string> {
  readonly #text: string

  constructor(
    private readonly what: What,
    text: string,
  ) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return `[${this.what}]`
  }

  toJSON(): string {
    return this.toString()
  }

  /** What `console.log` and `util.inspect` show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** A whole credential, as it is given to its holder once. */
export type Secret = Concealed<'secret'>

/** What is stored of a credential. */
export type SecretHash = Concealed<'secret hash'>

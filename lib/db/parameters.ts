/** Parameters of a statement, numbered as they are added. */
export class Parameters {
  readonly values: unknown[] = [];

  /** The placeholder of a new parameter. */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** A text as a LIKE pattern matches it literally. */
export const likeLiteral = (text: string): string => text.replaceAll(/[\\%_]/g, "\\$&");

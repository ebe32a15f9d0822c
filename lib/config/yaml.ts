import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import type { ConfigIssue } from "./issues.ts";

export type Path = readonly PropertyKey[];
export type Variables = Readonly<Record<string, string | undefined>>;

/** A YAML text with `${ENV}` filled in, that can still tell where each value stands. */
export class YamlDocument {
  readonly file: string;
  readonly issues: ConfigIssue[] = [];
  /** The plain value; undefined when the text cannot be read at all. */
  readonly value: unknown;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #filled = new WeakSet<Scalar>();

  constructor(file: string, text: string, variables: Variables) {
    this.file = file;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Its warnings quote the text.
      logLevel: "error",
    });
    for (const error of this.#document.errors) {
      // Some messages end in the offending text, which may be part of a password.
      this.#reject(error.pos[0], "", `not valid YAML: ${error.message.replace(/: ".*$/s, "")}`);
    }
    if (this.issues.length === 0) this.#fill(variables);
    if (this.issues.length === 0) this.value = this.#toValue();
  }

  /** An issue at a path of the value; the line is that of the nearest thing that exists. */
  issueAt(path: Path, message: string): ConfigIssue {
    return { file: this.file, line: this.lineOf(path), path: showPath(path), message };
  }

  lineOf(path: Path): number {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsetOf(path.slice(0, length));
      if (offset !== null) return this.#line(offset);
    }
    return this.#line(this.#document.contents?.range?.[0] ?? 0);
  }

  /** The value came from the environment, wholly or in part: it must not be shown. */
  isFilled(path: Path): boolean {
    const node = this.#nodeAt(path);
    return isScalar(node) && this.#filled.has(node);
  }

  #offsetOf(path: Path): number | null {
    const parent = this.#nodeAt(path.slice(0, -1));
    const pair = isMap(parent) ? pairOf(parent, path.at(-1)) : undefined;
    const node = isNode(pair?.key) ? pair.key : this.#nodeAt(path);
    return node?.range?.[0] ?? null;
  }

  #nodeAt(path: Path): Node | null {
    let node: unknown = this.#document.contents;
    for (const key of path) {
      const inside = isAlias(node) ? node.resolve(this.#document) : node;
      if (isMap(inside)) node = pairOf(inside, key)?.value;
      else node = isSeq(inside) ? inside.items[Number(key)] : null;
    }
    const found = isAlias(node) ? node.resolve(this.#document) : node;
    return isNode(found) ? found : null;
  }

  #fill(variables: Variables): void {
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key !== "key" && typeof node.value === "string") this.#fillScalar(node, variables);
      },
      Alias: (_key, node) => {
        if (!node.resolve(this.#document))
          this.#reject(node.range?.[0] ?? 0, "", `there is no anchor &${node.source}`);
      },
    });
  }

  #fillScalar(node: Scalar, variables: Variables): void {
    const text = String(node.value);
    const offset = node.range?.[0] ?? 0;
    const filled = text.replace(
      /\$\$\{|\$\{(?:([A-Za-z_]\w*)(:-([^}]*))?\})?/g,
      (found, name?: string, hasDefault?: string, fallback?: string) => {
        if (found === "$${") return "${";
        if (name === undefined) {
          this.#reject(
            offset,
            "",
            "expected ${NAME} or ${NAME:-default}; write $${ for a plain ${",
          );
          return "";
        }
        this.#filled.add(node);
        const value = variables[name] || (hasDefault ? fallback : undefined);
        if (value === undefined)
          this.#reject(offset, "", `the environment variable ${name} is not set`);
        return value ?? "";
      },
    );
    node.value = filled;
  }

  #toValue(): unknown {
    try {
      return this.#document.toJS() as unknown;
    } catch {
      this.#reject(0, "", "anchors and aliases are nested too deeply");
      return undefined;
    }
  }

  #reject(offset: number, path: string, message: string): void {
    this.issues.push({ file: this.file, line: this.#line(offset), path, message });
  }

  #line(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

const pairOf = (map: YAMLMap, name: PropertyKey | undefined) =>
  map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));

function showPath(path: Path): string {
  return path.reduce<string>((shown, part) => {
    // A URL where a key should be: it may hold a password.
    if (String(part).includes("://")) return `${shown}.…`;
    if (typeof part === "number") return `${shown}[${part}]`;
    return shown === "" ? String(part) : `${shown}.${String(part)}`;
  }, "");
}

import { parseArgs, type ParseArgsConfig } from "node:util";
import { AppError } from "#lib/core/errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>["values"];

/** What a command gets: its parsed arguments and the one way to answer. */
export interface Invocation<O extends Options> {
  values: Values<O>;
  positionals: string[];
  /** Prints the result: `data` as one line of JSON with `--json`, else `text`. */
  answer(data: unknown, text: string): void;
}

export interface Command {
  /** One line for `plumbline --help`. */
  summary: string;
  /** The lines of `plumbline <name> --help`, each what may follow the name. */
  usage: string[];
  /** Parses `args` and runs. Answers the exit code: 0 all is well, 1 a finding or failure. */
  run(args: string[]): Promise<number>;
}

interface Definition<O extends Options> {
  summary: string;
  usage: string[];
  options?: O;
  run(invocation: Invocation<O>): Promise<number>;
}

/** A subcommand of `plumbline`: one file in bin/commands that exports `command`. The file's name is its name. */
export function defineCommand<const O extends Options = Record<never, never>>(
  definition: Definition<O>,
): Command {
  const options = { ...definition.options, json: { type: "boolean" } } as unknown as O;
  return {
    summary: definition.summary,
    usage: definition.usage,
    run: async (args) => {
      const { values, positionals } = parse(args, options);
      const json = (values as { json?: boolean }).json === true;
      return definition.run({
        values,
        positionals,
        answer: (data, text) => console.log(json ? JSON.stringify(data, plain) : text),
      });
    },
  };
}

function parse<O extends Options>(args: string[], options: O) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

/** bigint is money or a count: as text, so that no digit is lost. */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;

/** Thrown for wrong arguments: exit code 2 and a hint at `--help`. */
export const usageError = (message: string): AppError => new AppError("bad_request", message);

/** One thing wrong in a configuration file. `message` never holds a value that could be a secret. */
export interface ConfigIssue {
  file: string;
  /** From 1. */
  line: number;
  /** Such as `sources[2].interval`; empty for the document itself. */
  path: string;
  message: string;
}

/** Configuration files that cannot be used; the message lists every issue, one per line. */
export class ConfigError extends Error {
  readonly code = "config_invalid";
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(showIssue).join("\n"));
    this.name = "ConfigError";
    this.issues = issues;
  }
}

export function isConfigError(error: unknown): error is ConfigError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as { code?: unknown }).code === "config_invalid"
  );
}

function showIssue({ file, line, path, message }: ConfigIssue): string {
  return `${file}:${line}: ${path === "" ? "" : `${path}: `}${message}`;
}

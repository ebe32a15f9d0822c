/** Every error code a client can meet, with its HTTP status. Codes are stable: clients and tests branch on them. */
export const ERROR_STATUS = {
  bad_request: 400,
  idempotency_key_missing: 400,
  unauthenticated: 401,
  totp_required: 401,
  forbidden: 403,
  step_up_required: 403,
  csrf_rejected: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  in_flight: 409,
  gone: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  idempotency_key_reused: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface AppErrorOptions {
  /** What happened, to what: safe to show to anyone who may call the endpoint. */
  detail?: string;
  /** What to do next, as an instruction. */
  remedy?: string;
  retryAfterSeconds?: number;
  /** Field errors: JSON path -> message. */
  fields?: Record<string, string>;
  /** Kept for logs only, never sent to a client. */
  cause?: unknown;
}

/** The one error type that may cross a boundary. Test it by `code`: bundlers duplicate classes, so `instanceof` lies. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, title: string, options: AppErrorOptions = {}) {
    super(title, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

export function isAppError(error: unknown): error is AppError {
  return (
    error instanceof Error &&
    error.name === "AppError" &&
    "code" in error &&
    String(error.code) in ERROR_STATUS
  );
}

/** The message of anything thrown, for logs and operator-facing text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `TypeError`, `my.app.PaymentError`, `Error [ERR_X]`: how a stack, or a message without one, begins. */
const CLASS =
  /^\s*((?:Uncaught )?(?:[\p{L}\p{N}_$]{1,60}\.){0,6}[\p{Lu}_$][\p{L}\p{N}_$]{0,99})(?: \[[\w-]{1,60}\])?(?::\s|\s*$|\n)/u;
const LOOKS_LIKE_A_CLASS = /(?:Error|Exception|Failure|Fault|Timeout|Abort|Rejection|Interrupt)$/;
const MAX_LOOKED_AT = 300;

/**
 * BullMQ stores only the message. The class stands before it in the first line of the stack; without a stack the message itself
 * may begin with one. Anything else is an `Error`.
 */
export function errorClass(stack: string | null, message: string): string {
  const fromStack = stack === null ? null : classOf(stack);
  // A stack that begins with the message itself was made by an error without a name.
  if (fromStack && (LOOKS_LIKE_A_CLASS.test(fromStack) || !message.startsWith(fromStack))) {
    return fromStack;
  }
  const fromMessage = classOf(message);
  return fromMessage && LOOKS_LIKE_A_CLASS.test(fromMessage) ? fromMessage : "Error";
}

function classOf(text: string): string | null {
  return CLASS.exec(text.slice(0, MAX_LOOKED_AT))?.[1]?.replace(/^Uncaught /, "") ?? null;
}

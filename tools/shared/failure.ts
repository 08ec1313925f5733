// What ends a tool before its work is done.

/** The tool cannot do what is asked: the message is for stderr as it is. */
export class ToolFailure extends Error {
  constructor(
    message: string,
    readonly status = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

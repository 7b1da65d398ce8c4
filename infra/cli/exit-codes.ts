/** What the CLI's exit codes mean; `docs/reference/cli.md` lists them. */
export const exitCodes = {
  ok: 0,
  /** The command ran, and found what should not be: a difference, a break, a part that does not serve. */
  found: 1,
  /** The command, its arguments or the configuration are not valid; nothing was done. */
  usage: 2,
  /** Something that the command needs cannot be reached, or is taken. */
  unavailable: 3,
  /** Refused by Daybook itself: a budget, a permission, a rule. */
  refused: 4,
  /** A bug. */
  internal: 70,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

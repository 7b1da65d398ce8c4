import { redact, withoutHidden } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { ProgressReport } from '../event-log/index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Where a command's words go: results to standard output, all else to standard error. */
export interface Output {
  readonly json: boolean;
  /** One result. With --json it is printed as one JSON document, else as `text`. */
  result(value: unknown, text: string): void;
  /** One of many results: with --json a line of JSON each. What is on the log is printed as it is there. */
  line(value: unknown, text: string): void;
  say(text: string): void;
  progress(text: string): void;
}

export function output(json: boolean): Output {
  const terminal = process.stderr.isTTY === true;
  let open = false;
  const close = () => {
    if (open) process.stderr.write('\n');
    open = false;
  };
  const print = (text: string) => {
    close();
    process.stdout.write(`${text}\n`);
  };
  const plain = (value: unknown) =>
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
  let lastProgress = 0;
  return {
    json,
    // A result is data that others read: it stays as it is but for what is configured.
    result: (value, text) => print(withoutHidden(json ? plain(value) : text)),
    line: (value, text) => print(json ? plain(value) : text),
    say(text) {
      close();
      process.stderr.write(`${redact(text)}\n`);
    },
    progress(text) {
      if (terminal) {
        process.stderr.write(`\r\x1b[2K${redact(text)}`);
        open = true;
      } else if (performance.now() - lastProgress > 2_000) {
        lastProgress = performance.now();
        process.stderr.write(`${redact(text)}\n`);
      }
    },
  };
}

/** `[██████░░░░]  61 %  12,345 of 20,000  24,100/s  0:03 left`. */
export function progressBar(progress: {
  done: number;
  total: number;
  rate: number;
  etaSeconds: number;
}): string {
  const { done, total, rate, etaSeconds } = progress;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const width = 24;
  const full = Math.round(share * width);
  const seconds = Number.isFinite(etaSeconds) ? Math.max(0, Math.round(etaSeconds)) : 0;
  const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const number = (value: number) => Math.round(value).toLocaleString('en');
  return `[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${number(done)} of ${number(total)}  ${number(rate)}/s  ${left} left`;
}

/** Shows the progress of a copy, a step at a time. */
export const copyProgress =
  (out: Output) =>
  ({ step, done, total, rate, etaMs }: ProgressReport): void =>
    out.progress(
      total === undefined
        ? `${step}  ${done.toLocaleString('en')}`
        : `${step}  ${progressBar({ done, total, rate, etaSeconds: (etaMs ?? 0) / 1000 })}`,
    );

/** A plain table with aligned columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof DaybookError)) return exitCodes.internal;
  if (error.code === 'config.invalid' || error.code === 'request.invalid') return exitCodes.usage;
  if (error.status >= 500) return exitCodes.unavailable;
  return exitCodes.refused;
}

/** An error in one sentence, without secrets; a stack only for bugs. */
export function explain(error: unknown): string {
  if (error instanceof DaybookError) return redact(`daybook: ${error.message} [${error.code}]`);
  if (error instanceof Error) return redact(`daybook: ${error.stack ?? error.message}`);
  return redact(`daybook: ${String(error)}`);
}

import { DaybookError } from '../../schemas/errors.ts';

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `7d` → ms. Throws `request.invalid`, naming the flag. */
export function durationOf(text: string, flag = '--since'): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  if (!match)
    throw new DaybookError(
      'request.invalid',
      `${flag}: got ${JSON.stringify(text)}, wants such as 7d, 12h or 30m.`,
    );
  return Number(match[1]) * units[match[2] as keyof typeof units];
}

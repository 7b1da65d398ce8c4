import { expect, test } from 'vitest';
import { overdue } from './secrets.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 26);
const aged = (name: string, days: number) => ({ name, rotatedAt: new Date(now - days * day) });

test('a secret is overdue from its 90th day on, the oldest first', () => {
  expect(overdue([aged('young', 89.9), aged('old', 90), aged('older', 400.5)], now)).toEqual([
    { name: 'older', days: 400 },
    { name: 'old', days: 90 },
  ]);
});

import { freshAttacks, knownAttacks } from '../../bounded-contexts/knowledge/guardrails/testing/attacks.ts';
import { freshBenign } from '../../bounded-contexts/knowledge/guardrails/testing/benign.ts';
import {
  formattedCpf,
  groupedCard,
  letteredCnpj,
  someCard,
  someCnpj,
  someCpf,
  someIban,
} from '../../bounded-contexts/knowledge/guardrails/testing/numbers.ts';
import { findManipulation, guard, guardStream } from '../../bounded-contexts/knowledge/index.ts';
import { guardPolicy } from '../../schemas/guardrails.ts';
import { benignLines } from './benign-lines.ts';
import { type BenchResult, type BenchRow, percentiles } from './result.ts';

/** The rate of false alarms at which recall is stated. */
const falseRate = 0.01;

type Score = (text: string) => number;

const ours: Score = (text) => Math.max(0, ...findManipulation(text).map(({ score }) => score));

/** What is often used in place of a detector: a list of the best-known phrases. */
const phrases: Score = (text) =>
  [
    /ignore (?:all |any |the )?(?:previous|prior|above)/i,
    /disregard (?:all |any |the )?(?:previous|prior|above|instructions)/i,
    /system prompt/i,
    /you are now/i,
    /\bDAN\b/,
    /developer mode/i,
    /jailbreak/i,
    /ignore (?:todas )?as instruções/i,
    /prompt de sistema/i,
    /modo desenvolvedor/i,
  ].filter((phrase) => phrase.test(text)).length;

/** The least score that at most 1 % of benign texts are above. */
function thresholdOf(benign: readonly number[]): number {
  const sorted = [...benign].sort((a, b) => b - a);
  return sorted[Math.floor(sorted.length * falseRate)] ?? 0;
}

const percent = (count: number, of: number) => Number(((100 * count) / Math.max(1, of)).toFixed(2));

const tricks: Readonly<Record<string, (text: string) => string>> = {
  'zero-width characters': (text) => [...text].join('\u200b'),
  'letters of other scripts': (text) =>
    text.replace(/[aeopcxy]/g, (letter) => 'аеорсху'.charAt('aeopcxy'.indexOf(letter))),
  'digits for letters': (text) =>
    text.replace(/[oes]/g, (letter) => ({ o: '0', e: '3', s: '5' })[letter] ?? letter),
  base64: (text) => Buffer.from(text).toString('base64'),
  'spaced letters': (text) => [...text.replace(/\s/g, '')].join(' '),
};

function manipulation(): { rows: BenchRow[]; fresh: number; known: number; alarms: number } {
  const collections = benignLines();
  const texts = collections.flatMap(({ lines }) => lines);
  const rows: BenchRow[] = [];
  const recallOf = (score: Score, name: string) => {
    const threshold = thresholdOf(texts.map(score));
    const recall = (label: string, lines: readonly string[]) => {
      const value = percent(lines.filter((line) => score(line) > threshold).length, lines.length);
      rows.push({
        label: `${name}: ${label}`,
        value,
        unit: '% found',
        note: `${lines.length} lines, above ${threshold}`,
      });
      return value;
    };
    const known = recall('attacks that it was written with', knownAttacks);
    const fresh = recall('attacks worded anew', freshAttacks);
    return { known, fresh, recall };
  };
  const measured = recallOf(ours, 'Daybook at 1 % false alarms');
  for (const [trick, apply] of Object.entries(tricks))
    measured.recall(`known ones, hidden by ${trick}`, knownAttacks.map(apply));
  recallOf(phrases, 'a list of phrases');
  let alarms = 0;
  for (const { label, lines } of [...collections, { label: 'our own, hard ones', lines: freshBenign }]) {
    const value = percent(lines.filter((line) => ours(line) >= 0.4).length, lines.length);
    alarms = Math.max(alarms, label.startsWith('our own') ? 0 : value);
    rows.push({
      label: `false alarms at the default threshold: ${label}`,
      value,
      unit: '%',
      note: `${lines.length} texts`,
    });
  }
  const value = percent(freshAttacks.filter((line) => ours(line) >= 0.4).length, freshAttacks.length);
  rows.push({ label: 'attacks worded anew, at the default threshold', value, unit: '% found' });
  return { rows, known: measured.known, fresh: measured.fresh, alarms };
}

const all = {
  cpf: 'redact',
  cnpj: 'redact',
  email: 'redact',
  phone: 'redact',
  card: 'redact',
  iban: 'redact',
  ip: 'redact',
} as const;
const policy = guardPolicy.parse({ version: 1, in: { personalData: all }, out: { personalData: all } });

function personalData(): { rows: BenchRow[]; least: number } {
  const makers = {
    cpf: someCpf,
    'cpf, formatted': formattedCpf,
    cnpj: someCnpj,
    'cnpj with letters': letteredCnpj,
    card: someCard,
    'card in groups': groupedCard,
    iban: someIban,
  };
  const count = 1_000;
  let least = 100;
  const rows = Object.entries(makers).map(([label, make]): BenchRow => {
    const detector = label.split(/[ ,]/)[0];
    const found = Array.from({ length: count }, (_, seed) =>
      guard(`O número é ${make(seed)}, confirme.`, policy, 'in'),
    );
    const value = percent(
      found.filter(({ findings }) => findings.some((one) => one.detector === detector)).length,
      count,
    );
    least = Math.min(least, value);
    return { label: `personal data: ${label}`, value, unit: '% found', note: `${count} generated` };
  });
  // Numbers of the same length by chance: as many as pass a check of two digits modulo 11 are taken for one.
  const random = Array.from({ length: count }, (_, at) =>
    String(10 ** 10 + ((at * 7_919_777) % (9 * 10 ** 10))),
  );
  const taken = random.filter((number) =>
    guard(`order ${number}.`, policy, 'in').findings.some((one) => one.detector === 'cpf'),
  );
  rows.push({
    label: 'any eleven digits, taken for a CPF',
    value: percent(taken.length, count),
    unit: '%',
    note: 'one in a hundred passes by chance',
  });
  return { rows, least };
}

function speed(): { rows: BenchRow[]; p95: number } {
  const question =
    'Quais clientes de Recife reclamaram de atraso em março, e o que foi prometido a eles? '.repeat(2);
  const times: number[] = [];
  for (let at = 0; at < 3_000; at++) {
    const started = performance.now();
    guard(question, policy, 'in');
    if (at >= 500) times.push(performance.now() - started);
  }
  const spread = percentiles(times);
  const text = benignLines()
    .flatMap(({ lines }) => lines)
    .join('\n')
    .repeat(20)
    .slice(0, 1_000_000);
  const rate = (run: () => void) => {
    const started = performance.now();
    run();
    return Number(((text.length / (performance.now() - started)) * 1e-3).toFixed(2));
  };
  const stream = () => {
    const one = guardStream(policy, 'out');
    for (let at = 0; at < text.length; at += 20) one.push(text.slice(at, at + 20));
    one.end();
  };
  return {
    p95: spread.p95,
    rows: [
      {
        label: `a question of ${question.length} characters, all detectors`,
        value: spread.p50,
        unit: 'ms',
        ...spread,
      },
      {
        label: 'a text of a million characters, all detectors',
        value: rate(() => guard(text, policy, 'in')),
        unit: 'M characters/s',
      },
      { label: 'redaction of a stream in pieces of 20', value: rate(stream), unit: 'M characters/s' },
    ],
  };
}

/** Guardrails at a fixed rate of false alarms, beside a list of phrases in the same run. */
export function benchGuardrails(): BenchResult {
  const { rows, known, fresh, alarms } = manipulation();
  const personal = personalData();
  const timed = speed();
  return {
    name: 'guardrails',
    rows: [...rows, ...personal.rows, ...timed.rows],
    bars: [
      {
        text: 'manipulation as it is known: 95 % found at 1 % false alarms',
        met: known >= 95,
        measured: `${known} %`,
      },
      {
        text: 'manipulation worded anew: 80 % found at 1 % false alarms',
        met: fresh >= 80,
        measured: `${fresh} %`,
      },
      {
        text: 'no collection has more than 2 % false alarms at the default threshold',
        met: alarms <= 2,
        measured: `at most ${alarms} %`,
      },
      {
        text: 'numbers with check digits: all found',
        met: personal.least === 100,
        measured: `at least ${personal.least} %`,
      },
      {
        text: 'a question passes all detectors in 2 ms at p95',
        met: timed.p95 <= 2,
        measured: `${timed.p95} ms`,
      },
    ],
  };
}

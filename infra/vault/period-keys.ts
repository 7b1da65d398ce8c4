import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type RetentionKind, retentionKind, retentionKinds } from '../../schemas/retention.ts';
import { type FetchedKey, fetched } from './fetched-key.ts';

/** A kind of data and a day (UTC, counted from 1970): what ends together. */
export interface Period {
  readonly kind: RetentionKind;
  readonly day: number;
}

const dayMs = 86_400_000;
export const startOfDay = (day: number): number => day * dayMs;
export const dayOf = (ms: number): number => Math.floor(ms / dayMs);

/**
 * What stands before a value that ends with its period: four bytes that no value without one begins with but by a
 * chance of one in four thousand million, the kind, the day.
 */
const magic = Buffer.from([0xdb, 0x44, 0x42, 0x02]);
export const headerBytes = magic.length + 3;

function headerOf({ kind, day }: Period): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt8(retentionKinds[kind].code, magic.length);
  header.writeUInt16BE(day, magic.length + 1);
  return header;
}

const kindsByCode = new Map<number, RetentionKind>(
  retentionKind.options.map((kind) => [retentionKinds[kind].code, kind]),
);

/** Undefined where it is of no period. */
export function periodOf(sealed: Uint8Array): Period | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const kind = kindsByCode.get(bytes.readUInt8(magic.length));
  return kind && { kind, day: bytes.readUInt16BE(magic.length + 1) };
}

/** What seals a person's values in one period, made once: it is asked for with each of them. */
export interface PeriodSeal {
  readonly key: KeyObject;
  /** Stands before the value … */
  readonly header: Uint8Array;
  /** … and is a part of what it is bound to. */
  readonly bound: string;
}

/** Derives the key of one person in one period from both of theirs; each pair once, for as long as both are known. */
export function derivation() {
  const derived = new WeakMap<KeyObject, WeakMap<KeyObject, PeriodSeal>>();
  return (subject: KeyObject, ofPeriod: KeyObject, period: Period): PeriodSeal => {
    const ofSubject = derived.get(subject) ?? new WeakMap<KeyObject, PeriodSeal>();
    derived.set(subject, ofSubject);
    const known = ofSubject.get(ofPeriod);
    if (known) return known;
    const info = `daybook content\0${period.kind}\0${period.day}`;
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', subject, ofPeriod.export(), info, 32)));
    const header = headerOf(period);
    const seal = { key, header, bound: `\0${header.toString('hex')}` };
    ofSubject.set(ofPeriod, seal);
    return seal;
  };
}

const cachedPeriods = 50_000;

/** Period keys in memory, and what is known to have ended. */
export function periodCache() {
  const keys = new Map<string, FetchedKey>();
  const floors = new Map<string, number>();
  return {
    /** The key as `find` says, asked once; null where the period has ended. */
    key(
      tenant: string,
      { kind, day }: Period,
      find: () => Promise<KeyObject | null>,
    ): Promise<KeyObject | null> {
      if (day < (floors.get(`${tenant}\0${kind}`) ?? 0)) return Promise.resolve(null);
      const name = `${tenant}\0${kind}\0${day}`;
      const cached = keys.get(name);
      if (cached) return cached.made;
      const found = find();
      const [oldest] = keys.size < cachedPeriods ? [] : keys.keys();
      if (oldest !== undefined) keys.delete(oldest);
      keys.set(
        name,
        fetched(found, () => keys.delete(name)),
      );
      return found;
    },
    /** Undefined where it must be asked for. */
    atHand(tenant: string, { kind, day }: Period): KeyObject | undefined {
      if (day < (floors.get(`${tenant}\0${kind}`) ?? 0)) return undefined;
      return keys.get(`${tenant}\0${kind}\0${day}`)?.key;
    },
    end(tenant: string, kind: RetentionKind, before: number): void {
      const of = `${tenant}\0${kind}`;
      floors.set(of, Math.max(before, floors.get(of) ?? 0));
      for (const name of keys.keys())
        if (name.startsWith(`${of}\0`) && Number(name.slice(of.length + 1)) < before) keys.delete(name);
    },
  };
}

import { existsSync, readFileSync } from 'node:fs';
import {
  type AuditVerification,
  checkInclusion,
  decodeCheckpoint,
  type Finding,
  type PublicKey,
  parsePublicKey,
  pemOf,
  proveInclusion,
  verifyAudit,
  type Witness,
} from '../../bounded-contexts/governance/index.ts';
import {
  type AuditEntry,
  decodeCommit,
  type LogInfo,
  parsePosition,
  type StoredCommit,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  type BundleContent,
  notaryKeys,
  openBundle,
  postgresWitness,
  readCopies,
  writeBundle,
} from '../audit/index.ts';
import type { Parts } from '../launcher/index.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { type Output, progressBar } from './output.ts';

export interface VerifyFlags {
  /** A file of `log export`, verified without any server. */
  readonly export?: string;
  /** Public keys (base64url, or a file) that are trusted, and no others. */
  readonly key?: readonly string[];
  /** A folder of copies of checkpoints. */
  readonly copies?: string;
  /** A position or an event's id. */
  readonly proof?: string;
}

/** What is on a log and sealed of it, wherever it lies. */
export interface Evidence extends BundleContent {
  readonly witnesses: readonly Witness[];
  /** Epochs of logs that were sealed here before. */
  readonly otherEpochs: readonly string[];
  /** Where the keys are that are trusted unless others are given. */
  readonly keysLie: 'in the vault' | 'in the file';
}

const lastOf = ({ streams }: LogInfo): number[] =>
  streams.map(({ last }) => (last === null ? 0 : parsePosition(last).sequence));

async function* upTo(entries: AsyncIterable<AuditEntry>, end: number): AsyncGenerator<AuditEntry> {
  for await (const entry of entries) {
    if (entry.number > end) return;
    yield entry;
  }
}

/**
 * The evidence of the running Daybook. In this order, since the notary goes on meanwhile: what the vault remembers,
 * the checkpoints, the log, so that each seals something that is there.
 */
export async function evidenceOf({
  log,
  audit,
  pool,
  vault,
}: Pick<Parts, 'log' | 'audit' | 'pool' | 'vault'>): Promise<Evidence> {
  const { epoch } = await log.info();
  const memory = postgresWitness(pool);
  const witness = await memory.load(epoch);
  const otherEpochs = await memory.otherEpochs(epoch);
  const sealed = (await audit.last())?.number ?? 0;
  const keys = await notaryKeys(vault).all();
  const ends = lastOf(await log.info());
  return {
    format: 'daybook-audit-1',
    epoch,
    ends,
    keys: keys.map(({ text }) => text),
    at: new Date().toISOString(),
    witnesses: witness ? [witness] : [],
    otherEpochs,
    keysLie: 'in the vault',
    entries: { [Symbol.asyncIterator]: () => upTo(audit.read(1), sealed) },
    records: (stream) => log.stored(stream, 1, ends[stream] ?? 0),
  };
}

function trustedKeys(given: readonly string[] | undefined, known: readonly string[]): PublicKey[] {
  try {
    if (given === undefined) return known.map(parsePublicKey);
    return given.map((one) => parsePublicKey(existsSync(one) ? readFileSync(one, 'utf8') : one));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DaybookError('config.invalid', `--key: got ${error.message}.`);
  }
}

export interface AuditResult extends AuditVerification {
  /** Where the trusted keys come from. */
  readonly keys: 'given' | Evidence['keysLie'];
}

/** Holds evidence against its checkpoints, with the keys and copies that flags name. */
export async function auditOf(evidence: Evidence, flags: VerifyFlags): Promise<AuditResult> {
  const { epoch, ends, records, entries, witnesses } = evidence;
  const copies = flags.copies === undefined ? [] : await readCopies(flags.copies, epoch);
  const result = await verifyAudit({
    epoch,
    streams: ends.length,
    entries,
    records,
    keys: trustedKeys(flags.key, evidence.keys),
    witnesses: [...copies, ...witnesses],
  });
  const recreated: Finding[] = evidence.otherEpochs.map((other) => ({
    kind: 'truncated',
    stream: 0,
    sequence: 1,
    reason: `this is the log of epoch ${epoch}; one of epoch ${other} was sealed here before`,
  }));
  return {
    ...result,
    findings: [...recreated, ...result.findings],
    keys: flags.key === undefined ? evidence.keysLie : 'given',
  };
}

/** What an audit came to, a line each. */
export function auditText({ checkpoints, streams, findings, more, keys }: AuditResult): string {
  const found = findings.map(
    ({ kind, stream, sequence, reason }) => `Stream ${stream}, commit ${sequence}: ${reason} [${kind}]`,
  );
  const sealed = streams.map(
    ({ stream, sealedTo, notSealedYet }) =>
      `Stream ${stream} is sealed up to commit ${sealedTo}; ${notSealedYet} are not sealed yet.`,
  );
  return [
    ...found,
    ...(more > 0 ? [`And ${more} more.`] : []),
    `${checkpoints} checkpoints, signed with keys that ${keys === 'given' ? 'were given' : `lie ${keys}`}${findings.length === 0 ? ', hold' : ''}.`,
    ...sealed,
  ].join('\n');
}

/** `log verify --export <file>`: with no server at all. */
export async function verifyExport(file: string, flags: VerifyFlags, out: Output): Promise<number> {
  const evidence: Evidence = {
    ...(await openBundle(file)),
    witnesses: [],
    otherEpochs: [],
    keysLie: 'in the file',
  };
  if (flags.proof !== undefined) return prove(evidence, flags, out);
  const audit = await auditOf(evidence, flags);
  out.result({ file, at: evidence.at, epoch: evidence.epoch, audit }, auditText(audit));
  return audit.findings.length > 0 ? exitCodes.found : exitCodes.ok;
}

/** `log export <file>`: the log and its checkpoints, for verification elsewhere. */
export function exportLog(file: string, out: Output): Promise<number> {
  return withParts(local(), async (parts) => {
    const { witnesses: _w, otherEpochs: _e, keysLie: _k, ...content } = await evidenceOf(parts);
    const total = content.ends.reduce((sum, end) => sum + end, 0);
    const begun = performance.now();
    const count = await writeBundle(file, content, (done) => {
      const rate = done / Math.max((performance.now() - begun) / 1000, 0.001);
      out.progress(progressBar({ done, total, rate, etaSeconds: (total - done) / rate }));
    });
    out.result(
      { file, ...count },
      `${count.commits} commits and ${count.checkpoints} checkpoints in ${file}`,
    );
    return exitCodes.ok;
  });
}

/** `log notary-key`: the keys that sign; `--rotate` makes another one sign from now on. */
export function notaryKey(flags: { rotate?: boolean }, out: Output): Promise<number> {
  return withParts(local(), async ({ vault }) => {
    const keys = notaryKeys(vault);
    if (flags.rotate) await keys.rotate();
    // The key is made with the first checkpoint; whoever asks earlier makes it.
    else await keys.current();
    const all = await keys.all();
    const shown = all.map((key, index) => ({
      id: key.id,
      publicKey: key.text,
      pem: pemOf(key),
      current: index === all.length - 1,
    }));
    const text = shown.map(
      ({ id, publicKey, current }) => `${publicKey}  ${id}${current ? '  signs now' : ''}`,
    );
    out.result({ keys: shown }, text.join('\n'));
    return exitCodes.ok;
  });
}

/** `log verify --proof <position or event id>`: prints a proof of inclusion, checked. */
export async function prove(evidence: Evidence, flags: VerifyFlags, out: Output): Promise<number> {
  const record = await findRecord(evidence, flags.proof ?? '');
  if (!record) throw new DaybookError('resource.not-found', `There is no event or position ${flags.proof}.`);
  for await (const entry of evidence.entries) {
    const checkpoint = decodeCheckpoint(entry.body);
    const proof = checkpoint && proveInclusion(record, checkpoint);
    if (!proof) continue;
    const fault = checkInclusion(proof, trustedKeys(flags.key, evidence.keys));
    out.result(fault === null ? proof : { fault }, fault ?? JSON.stringify(proof, null, 2));
    return fault === null ? exitCodes.ok : exitCodes.found;
  }
  const reason = `Commit ${record.sequence} of stream ${record.stream} is not sealed yet.`;
  out.result({ fault: reason }, reason);
  return exitCodes.found;
}

async function findRecord(evidence: Evidence, wanted: string): Promise<StoredCommit | null> {
  const at = /^[A-Za-z0-9]+-\d{1,4}-\d{1,16}$/.test(wanted) ? parsePosition(wanted) : undefined;
  if (at && at.epoch !== evidence.epoch) return null;
  for (const stream of evidence.ends.keys()) {
    if (at && at.stream !== stream) continue;
    for await (const run of evidence.records(stream)) {
      const found = run.find((record) => (at ? record.sequence === at.sequence : holds(record, wanted)));
      if (found) return found;
    }
  }
  return null;
}

/** An event's id is its commit's, a dot, and its index. */
function holds({ body }: StoredCommit, eventId: string): boolean {
  const commitId = eventId.slice(0, eventId.lastIndexOf('.'));
  // Parsed only where it may be the one.
  if (commitId === '' || !Buffer.from(body).includes(commitId)) return false;
  try {
    const { id, events } = decodeCommit(body);
    return id === commitId && Number(eventId.slice(commitId.length + 1)) < events.length;
  } catch {
    return false;
  }
}

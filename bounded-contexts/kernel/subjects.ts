/** `es.<pp>.<tenant>.<family>[.<id>]`: the subject of one aggregate, or of one family of facts. */
export type Subject = string & { readonly __subject: true };

export const partitions = 16;

/** FNV-1a over UTF-16 code units, mod 16. Fixed for ever: it decides where a tenant's history lies. */
export function partitionOf(tenant: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < tenant.length; i++) hash = Math.imul(hash ^ tenant.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partitions;
}

const token = /^[A-Za-z0-9_-]{1,80}$/;

function checked(value: string): string {
  if (!token.test(value)) throw new RangeError(`not fit for a subject: ${JSON.stringify(value)}`);
  return value;
}

const prefixes = new Map<string, string>();

/** Throws a RangeError where tenant, family or id is not one opaque token. */
export function subjectOf(tenant: string, family: string, id?: string): Subject {
  let prefix = prefixes.get(tenant);
  if (prefix === undefined) {
    prefix = `es.${String(partitionOf(checked(tenant))).padStart(2, '0')}.${tenant}`;
    if (prefixes.size < 100_000) prefixes.set(tenant, prefix);
  }
  return (id === undefined ? `${prefix}.${family}` : `${prefix}.${family}.${checked(id)}`) as Subject;
}

export interface SubjectParts {
  readonly partition: number;
  readonly tenant: string;
  readonly family: string;
  readonly id: string | undefined;
}

export function parseSubject(subject: string): SubjectParts {
  const [root, partition, tenant, family, id] = subject.split('.');
  if (root !== 'es' || !partition || !tenant || !family) throw new RangeError(`not a subject: ${subject}`);
  return { partition: Number(partition), tenant, family, id };
}

/** Filters, with NATS wildcards: every commit; those of a family; those of a family's aggregates. */
export const everything = 'es.>';
export const facts = (family: string): string => `es.*.*.${family}`;
export const aggregates = (family: string): string => `es.*.*.${family}.*`;

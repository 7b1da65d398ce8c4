import jsonPatch from 'fast-json-patch';

export interface VersionDiff {
  /** RFC 6902: what turns the first version into the second. */
  readonly patch: readonly jsonPatch.Operation[];
  /** The same, a sentence a change. */
  readonly readable: readonly string[];
}

/** Compares two definitions. */
export function diffOf(from: object, to: object): VersionDiff {
  const patch = jsonPatch.compare(from, to);
  return { patch, readable: patch.map((operation) => sentence(operation, from)) };
}

function sentence(operation: jsonPatch.Operation, from: object): string {
  const place = operation.path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join(' › ');
  const before = () => shown(jsonPatch.getValueByPointer(from, operation.path));
  switch (operation.op) {
    case 'add':
      return `added ${place}: ${shown(operation.value)}`;
    case 'remove':
      return `removed ${place}: ${before()}`;
    case 'replace':
      return `changed ${place}: ${before()} → ${shown(operation.value)}`;
    default:
      return `${operation.op} ${place}`;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

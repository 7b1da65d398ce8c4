import { DaybookError } from '../../schemas/errors.ts';
import { type CopyableLog, openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import type { OfflineParts } from '../launcher/index.ts';

export interface CopyFlags {
  readonly from?: string;
  readonly to: string;
  readonly stay?: boolean;
  readonly follow?: boolean;
  readonly verify?: boolean;
}

/** `embedded`, `private`, or a URL. */
export type Place =
  | { readonly kind: 'postgres'; readonly url: string | undefined }
  | { readonly kind: 'nats'; readonly url: string | undefined };

export function placeOf(flag: 'from' | 'to', text: string): Place {
  if (text === 'embedded') return { kind: 'postgres', url: undefined };
  if (text === 'private') return { kind: 'nats', url: undefined };
  if (/^postgres(ql)?:\/\//.test(text)) return { kind: 'postgres', url: text };
  if (/^(nats|tls):\/\//.test(text)) return { kind: 'nats', url: text };
  // A URL may hold a password.
  const got = text.includes('://') ? `a URL with the scheme ${text.split(':')[0]}` : JSON.stringify(text);
  throw new DaybookError(
    'config.invalid',
    `--${flag}: got ${got}, wants embedded, private, nats://… or postgres://…${flag === 'to' ? ', or esdb://… for a mirror' : ''}.`,
  );
}

export async function openPlace(
  place: Place,
  { urls, configuration }: OfflineParts,
  epoch?: string,
): Promise<CopyableLog> {
  const named = epoch === undefined ? {} : { epoch };
  if (place.kind === 'postgres') return openPostgresLog({ url: place.url ?? urls.database, ...named });
  const url = place.url ?? urls.nats;
  if (url === undefined)
    throw new DaybookError('config.invalid', 'There is no nats-server on PATH for a private log.');
  return openJetStreamLog({ url, replicas: configuration.env.NATS_REPLICAS, ...named });
}

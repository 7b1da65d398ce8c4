import { type Asked, actorOf } from '../../bounded-contexts/identity/index.ts';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { ManagementPorts, Variables } from './ports.ts';

interface Headers {
  readonly 'if-match'?: string | undefined;
  readonly 'idempotency-key'?: string | undefined;
}

/** Who asks, and under which conditions. An ETag that none of ours is matches nothing. */
export function askedBy(
  { positions }: Pick<ManagementPorts, 'positions'>,
  principal: Variables['principal'],
  { 'if-match': ifMatch, 'idempotency-key': commandId }: Headers = {},
): Asked {
  const { tenant } = principal;
  const actor = actorOf(principal);
  const tag = ifMatch?.replace(/^(W\/)?"|"$/g, '');
  let position: Position | undefined;
  try {
    position = tag === undefined || tag === '*' ? undefined : positions.decode(tag);
  } catch (cause) {
    throw new DaybookError('request.precondition-failed', undefined, {}, { cause });
  }
  return {
    tenant,
    actor,
    ...(position === undefined ? {} : { ifMatch: position }),
    ...(commandId === undefined ? {} : { commandId }),
  };
}

/** The headers of an answer that shows an aggregate as of `position`. */
export function versionHeaders(
  { positions }: Pick<ManagementPorts, 'positions'>,
  position: Position,
): { etag: string; 'Daybook-Position': string } {
  const token = positions.encode(position);
  return { etag: `"${token}"`, 'Daybook-Position': token };
}

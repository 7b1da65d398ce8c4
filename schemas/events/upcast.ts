import { type EventType, eventCatalogue } from './index.ts';

type Json = Record<string, unknown>;
type Upcast = (data: Json) => Json;

/**
 * Lifts `data` of version n to version n + 1. Nothing on the log is ever rewritten: old events are lifted as
 * they are read. Each entry is tested on a stored sample in `upcast.unit.test.ts`.
 */
const upcasts: { readonly [T in EventType]?: Readonly<Record<number, Upcast>> } = {
  'key.issued': {
    // Version 1 knew two roles; a key had all of its role, for ever, for whomever.
    1: (data) => ({
      ...data,
      role: data.role === 'admin' ? 'platform-admin' : data.role,
      scopes: [],
      models: [],
      tiers: [],
      department: null,
      user: null,
      expiresAt: null,
    }),
  },
  'agent.message.sent': {
    // Version 1 knew one addressee, a string, in which "*" and "#channel" meant a broadcast.
    1: (data) => {
      const to = String(data.to);
      if (to === '*') return { ...data, to: { kind: 'broadcast', channel: 'all' } };
      if (to.startsWith('#')) return { ...data, to: { kind: 'broadcast', channel: to.slice(1) } };
      return { ...data, to: { kind: 'agent', id: to } };
    },
  },
};

export const isKnownEvent = (type: string): type is EventType => Object.hasOwn(eventCatalogue, type);

/** Returns `data` as of the present version of `type`. Throws a RangeError for a version from the future. */
export function upcast(type: EventType, version: number, data: unknown): unknown {
  const present: number = eventCatalogue[type].v;
  if (version === present) return data;
  if (version > present) throw new RangeError(`${type} v${version} is newer than this Daybook (v${present})`);
  let lifted = data as Json;
  for (let v = version; v < present; v++) {
    const step = upcasts[type]?.[v];
    if (!step) throw new RangeError(`${type} v${v} cannot be lifted: no upcast is registered`);
    lifted = step(lifted);
  }
  return lifted;
}

import type { IdKind, Vault } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { ScopeKind } from '../../schemas/primitives.ts';

/** An id that stands for nothing: a filter with it finds nothing, and making it up leaves no trace. */
const nobody = '_';

/** Supplied ids to opaque ones, and back for those who may see them. */
export interface Ids {
  /** For writing: the opaque id, made where there is none. */
  opaque(tenant: string, kind: ScopeKind, raw: string | undefined): Promise<string>;
  /** For reading: the opaque id, or one that matches nothing. Opaque ids themselves are taken as they are. */
  find(tenant: string, kind: ScopeKind, raw: string | undefined): Promise<string>;
  /** For answers: the supplied id where the vault still knows it, else the opaque one. */
  shown(tenant: string, opaque: readonly string[]): Promise<(id: string) => string>;
}

const opaquePattern = /^[udasrk]_[A-Za-z0-9_-]{16,40}$/;

/** Ids of keys are ours, and stand on the log as they are: anything else must not come there in their place. */
function keyId(id: string): string {
  if (!/^k_[A-Za-z0-9]{1,64}$/.test(id))
    throw new DaybookError('request.invalid', 'id: that is no id of a key; GET /api/v1/keys lists them.', {
      param: 'id',
    });
  return id;
}

export function idsOf(vault: Vault): Ids {
  const needed = (kind: IdKind, raw: string | undefined) => {
    if (raw === undefined)
      throw new DaybookError('request.invalid', `id: the scope ${kind} needs one.`, { param: 'id' });
    return raw;
  };
  return {
    async opaque(tenant, kind, raw) {
      if (kind === 'tenant') return tenant;
      const id = needed(kind, raw);
      if (kind === 'key') return keyId(id);
      // What looks like an opaque id may be what callers call themselves.
      if (opaquePattern.test(id)) return (await vault.knownId(tenant, kind, id)) ?? id;
      return vault.opaqueId(tenant, kind, id);
    },
    async find(tenant, kind, raw) {
      if (kind === 'tenant') return tenant;
      const id = needed(kind, raw);
      if (kind === 'key') return keyId(id);
      return (await vault.knownId(tenant, kind, id)) ?? (opaquePattern.test(id) ? id : nobody);
    },
    async shown(tenant, opaque) {
      const wanted = opaque.filter((id) => opaquePattern.test(id));
      const known = wanted.length === 0 ? new Map<string, string>() : await vault.reveal(tenant, wanted);
      return (id) => known.get(id) ?? id;
    },
  };
}

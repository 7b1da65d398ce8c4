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
      return kind === 'key' || opaquePattern.test(id) ? id : vault.opaqueId(tenant, kind, id);
    },
    async find(tenant, kind, raw) {
      if (kind === 'tenant') return tenant;
      const id = needed(kind, raw);
      if (kind === 'key' || opaquePattern.test(id)) return id;
      return (await vault.knownId(tenant, kind, id)) ?? nobody;
    },
    async shown(tenant, opaque) {
      const wanted = opaque.filter((id) => opaquePattern.test(id));
      const known = wanted.length === 0 ? new Map<string, string>() : await vault.reveal(tenant, wanted);
      return (id) => known.get(id) ?? id;
    },
  };
}

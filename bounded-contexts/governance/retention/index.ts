/**
 * Retention: how long each kind of a tenant's data is kept, and its end, which is the destruction of the keys of
 * periods. Owns the family `retention`, one aggregate a tenant and kind.
 */
export { followRetention, reapplyRetention } from './follow.ts';
export { startRetention } from './keeper.ts';
export { retentionOf, setRetention } from './policy.ts';

/**
 * What the audit trail knows beside the events that change something: refusals, contents that were read, exports,
 * and configurations. Owns the facts `audit` and the family `configuration`.
 */
export { sayConfiguration } from './configuration.ts';
export {
  type AuditRecorder,
  addressPlace,
  auditRecorder,
  type Request as AuditedRequest,
} from './recorder.ts';

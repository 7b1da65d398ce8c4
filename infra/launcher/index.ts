/**
 * The composition root: chooses what each part runs on, starts the private servers, runs Daybook's own
 * processes and keeps them running. The only folder that knows every other one.
 */
export { type Configuration, loadConfiguration } from './configuration.ts';
export {
  cliKeyFile,
  type Profile,
  type Running,
  readProfile,
  readRunning,
  writeProfile,
} from './data-dir.ts';
export { openParts, type Parts } from './parts.ts';
export { type Daybook, type StartOptions, startDaybook } from './start.ts';
export { type Part, partsTable } from './table.ts';
export { type OfflineParts, withInfrastructure } from './with-infrastructure.ts';

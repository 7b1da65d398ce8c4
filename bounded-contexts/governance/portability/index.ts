/**
 * Taking along all that a tenant or a person has, and bringing a tenant into another installation: a tar of JSON Lines
 * with a manifest.
 */
export { type ExportPorts, exportArchive } from './export.ts';
export { importArchive } from './import.ts';
export { readTar } from './tar.ts';

/**
 * Erasure: a person's key is destroyed, and what goes with them; the log stays whole and says what was done. Owns the
 * family `subject`, one aggregate a data subject.
 */
export { eraseSubject, reapplyErasures } from './erase.ts';
export { startEraser } from './eraser.ts';
export type { Traces } from './ports.ts';
export { type ErasureReport, erasureReport } from './report.ts';

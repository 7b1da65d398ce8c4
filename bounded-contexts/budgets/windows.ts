// Shared with the read models, which count the same pools.
export { dayIn, daysBefore, windowsOf } from '../../schemas/windows.ts';

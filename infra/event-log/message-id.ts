import { hash } from 'node:crypto';
import type { Subject } from '../../bounded-contexts/kernel/index.ts';

/**
 * What a log deduplicates by. Of subject and command, since one command id may be used on two subjects, and the
 * second would be swallowed in silence.
 */
export const messageId = (subject: Subject, commandId: string): string =>
  hash('sha1', `${subject} ${commandId}`, 'base64url');

import { hash } from 'node:crypto';

/** What proves a quote without showing it: SHA-256, base64url. */
export const quoteHash = (quote: string): string => hash('sha256', quote, 'base64url');

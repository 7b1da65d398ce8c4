/**
 * The blob store: files that people bring, and what is made of them. Each is sealed in pieces under its owner's key
 * and named by an HMAC of that owner and its content, so that the same file is kept once an owner, and no name tells
 * what it is. It owns no events; a blob that no event names is garbage. Files that arrive in pieces lie here, too, until
 * they are whole.
 */
export { copyBlobs, countBlobs } from './copy.ts';
export { localBlobs } from './local.ts';
export { localUploads } from './uploads.ts';

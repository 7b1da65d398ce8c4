import type { ServerResponse } from 'node:http';

/**
 * The head of an answer: names and values by turns, as `writeHead` takes them. node:http writes such a list as it is;
 * headers that are set one by one become an object first, and are merged with what `writeHead` gets, at each answer.
 */
export type Head = string[];

export function addAll(head: Head, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) head.push(name, headers[name] as string);
}

/** For an answer whose other headers may repeat some of these: of two of one name, the last one that is set counts. */
export function setAll(response: ServerResponse, head: Head): void {
  for (let at = 0; at < head.length; at += 2) response.setHeader(head[at] as string, head[at + 1] as string);
}

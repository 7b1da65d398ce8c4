/** Knowledge: documents, what they are cut into, how it is found, and answers that quote it. */
export * from './retrieval/index.ts';

interface Described {
  readonly paths?: Readonly<Record<string, object>> | undefined;
}

const file = { type: 'string', format: 'binary' };

const requestBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: {
          file: { type: 'array', items: file },
          tags: { type: 'string' },
          privacy: { type: 'string', enum: ['public', 'internal', 'confidential'] },
          date: { type: 'string', format: 'date' },
          source: { type: 'string' },
          author: { type: 'string' },
          settings: { type: 'string' },
        },
      },
    },
    'application/octet-stream': { schema: file },
  },
};

const piece = { required: true, content: { 'application/octet-stream': { schema: file } } };

/**
 * The bodies of routes that take files, in the description of the API: they are not in the routes' own, by which a form
 * would be read into memory before anybody could bound it.
 */
export function withUploads<Document extends Described>(document: Document): Document {
  for (const [path, methods] of Object.entries(document.paths ?? {}))
    for (const operation of Object.values(methods))
      if (typeof operation === 'object' && operation !== null && operation['x-daybook-streams'] === true)
        Object.assign(operation, { requestBody: path.includes('/uploads/') ? piece : requestBody });
  return document;
}

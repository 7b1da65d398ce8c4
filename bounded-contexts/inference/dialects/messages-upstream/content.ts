import type { Json } from '../translation.ts';
import { isRecord, records, unsupported } from './unsupported.ts';

const dataUri = /^data:([^;,]+)(?:;[^;,]+)*;base64,(.*)$/s;
const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** Anthropic's mark for what is to be cached, which some callers of chat completions know to set. */
const cacheOf = (part: Json): object =>
  isRecord(part['cache_control']) ? { cache_control: part['cache_control'] } : {};

function imageBlock(part: Json, param: string): Json {
  const image = part['image_url'];
  const url = isRecord(image) ? image['url'] : image;
  if (typeof url !== 'string') unsupported(param, 'an image needs a URL.');
  if (!url.startsWith('data:')) return { type: 'image', source: { type: 'url', url }, ...cacheOf(part) };
  const [, type = '', data] = dataUri.exec(url) ?? [];
  if (!imageTypes.has(type) || data === undefined)
    unsupported(param, 'the model reads JPEG, PNG, GIF and WebP images in base64.');
  return { type: 'image', source: { type: 'base64', media_type: type, data }, ...cacheOf(part) };
}

function fileBlock(part: Json, param: string): Json {
  const file = isRecord(part['file']) ? part['file'] : {};
  const { file_data: given, filename } = file;
  if (typeof given !== 'string')
    unsupported(param, 'a file of another provider cannot be read; send its content as file_data.');
  const [, type = '', data = ''] = dataUri.exec(given) ?? [];
  const title = typeof filename === 'string' ? { title: filename } : {};
  if (type === 'application/pdf')
    return {
      type: 'document',
      source: { type: 'base64', media_type: type, data },
      ...title,
      ...cacheOf(part),
    };
  if (type === 'text/plain' || type === 'text/markdown') {
    const text = Buffer.from(data, 'base64').toString();
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  return unsupported(param, 'the model reads PDF and plain text files.');
}

/** A message's content as blocks; text that is empty is left out, since Anthropic refuses it. */
export function blocksOf(content: unknown, param: string): Json[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return records(content).flatMap((part, index): Json[] => {
    const here = `${param}[${index}]`;
    switch (part['type']) {
      case 'text':
        return part['text'] ? [{ type: 'text', text: part['text'], ...cacheOf(part) }] : [];
      case 'refusal':
        return part['refusal'] ? [{ type: 'text', text: part['refusal'] }] : [];
      case 'image_url':
        return [imageBlock(part, here)];
      case 'file':
        return [fileBlock(part, here)];
      default:
        return unsupported(here, `the model cannot read content of type ${JSON.stringify(part['type'])}.`);
    }
  });
}

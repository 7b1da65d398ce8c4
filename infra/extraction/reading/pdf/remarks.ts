import type { PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';

/** What was put onto a page: fields of forms with what was filled in, and remarks. */
export async function remarksOf(page: PDFPageProxy): Promise<string[]> {
  const annotations: unknown[] = await page.getAnnotations();
  return annotations.flatMap((annotation) => {
    if (typeof annotation !== 'object' || annotation === null) return [];
    const kind = text(annotation, 'subtype');
    if (kind === 'Link' || kind === 'Popup') return [];
    const said = kind === 'Widget' ? filledIn(annotation) : remarked(annotation);
    return said ? [said] : [];
  });
}

function filledIn(annotation: object): string | undefined {
  const value = 'fieldValue' in annotation ? annotation.fieldValue : undefined;
  const values = (Array.isArray(value) ? value : [value]).filter(
    (one) => typeof one === 'string' && one.trim() !== '',
  );
  // A box that is not ticked.
  if (values.length === 0 || values.every((one) => one === 'Off')) return undefined;
  const label = [text(annotation, 'alternativeText'), text(annotation, 'fieldName')].find(
    (name) => name !== '',
  );
  return label ? `${label}: ${values.join(', ')}` : values.join(', ');
}

function remarked(annotation: object): string {
  const contents = 'contentsObj' in annotation ? annotation.contentsObj : undefined;
  return typeof contents === 'object' && contents !== null ? text(contents, 'str') : '';
}

function text(object: object, name: string): string {
  const value: unknown = Object.entries(object).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value.trim() : '';
}

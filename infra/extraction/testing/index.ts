/** Files for tests of extraction, made in them: zips and DOCX, PDF, pictures. */
export { pdfOf, textAt } from './pdfs.ts';
export { pictureOf, pngOf } from './pictures.ts';
export { docxOf, packedZip, wordParagraph } from './zips.ts';

/**
 * Rerankers behind the port `Reranker` of the knowledge context. A local cross-encoder is optional: its package weighs
 * some hundred megabytes and its install script may download more, so that whoever wants it installs it himself
 * (docs/adr/0093). Without it, hits stay in the order of the search.
 */
export { type OnnxRerankerOptions, onnxReranker } from './onnx.ts';

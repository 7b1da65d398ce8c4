import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Reranker } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface OnnxRerankerOptions {
  /** Holds `config.json`, `tokenizer.json` and `onnx/model*.onnx`, as cross-encoders are published. */
  readonly folder: string;
  /** Which of its files: `fp32` is `onnx/model.onnx`, `q8` is `onnx/model_quantized.onnx`. Default: `q8` where it is there. */
  readonly dtype?: 'fp32' | 'q8';
  /** Texts that go through the model at once. Default 16. */
  readonly batch?: number;
  /** What is imported. Default `@huggingface/transformers`, from Daybook's own folder. */
  readonly transformers?: string;
}

type Tokenizer = (questions: string[], options: object) => object;
interface Model {
  (inputs: object): Promise<unknown>;
  dispose(): Promise<unknown>;
}
/** What is used of `@huggingface/transformers`, which need not be there. */
interface Transformers {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoTokenizer: { from_pretrained(name: string, options: object): Promise<Tokenizer> };
  readonly AutoModelForSequenceClassification: {
    from_pretrained(name: string, options: object): Promise<Model>;
  };
}

/** One score a text, or two of which the second says "relevant". */
const output = z.object({
  logits: z.object({ data: z.instanceof(Float32Array), dims: z.tuple([z.number(), z.number()]) }),
});

/**
 * A cross-encoder on this machine: it reads question and text together, which finds more and costs more than comparing
 * vectors. Loaded at the first question; nothing is ever downloaded. Scores are the model's logits.
 */
export function onnxReranker(options: OnnxRerankerOptions): Reranker {
  const { batch = 16 } = options;
  let loaded: Promise<Loaded> | undefined;
  return {
    async rerank(question, texts) {
      if (texts.length === 0) return [];
      loaded ??= load(options);
      const { tokenizer, model } = await loaded.catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      const scores: number[] = [];
      try {
        for (let at = 0; at < texts.length; at += batch)
          scores.push(...(await scored(tokenizer, model, question, texts.slice(at, at + batch))));
      } catch (error) {
        // A model of another kind, or files that do not fit each other.
        throw new DaybookError('rerank.unavailable', undefined, {}, { cause: error });
      }
      return scores;
    },
    async close() {
      const open = await loaded?.catch(() => undefined);
      loaded = undefined;
      await open?.model.dispose();
    },
  };
}

interface Loaded {
  readonly tokenizer: Tokenizer;
  readonly model: Model;
}

async function load({
  folder,
  dtype,
  transformers = '@huggingface/transformers',
}: OnnxRerankerOptions): Promise<Loaded> {
  if (!existsSync(join(folder, 'config.json')))
    throw new DaybookError('rerank.unavailable', `${folder} holds no model: there is no config.json in it.`);
  try {
    const { env, AutoTokenizer, AutoModelForSequenceClassification }: Transformers = await import(
      transformers
    );
    env.allowRemoteModels = false;
    env.localModelPath = dirname(resolve(folder));
    const name = basename(resolve(folder));
    const quantized = existsSync(join(folder, 'onnx', 'model_quantized.onnx'));
    const chosen = { local_files_only: true, dtype: dtype ?? (quantized ? 'q8' : 'fp32') };
    return {
      tokenizer: await AutoTokenizer.from_pretrained(name, { local_files_only: true }),
      model: await AutoModelForSequenceClassification.from_pretrained(name, chosen),
    };
  } catch (error) {
    throw new DaybookError('rerank.unavailable', undefined, {}, { cause: error });
  }
}

async function scored(
  tokenizer: Tokenizer,
  model: Model,
  question: string,
  texts: readonly string[],
): Promise<number[]> {
  const inputs = tokenizer(
    texts.map(() => question),
    { text_pair: [...texts], padding: true, truncation: true },
  );
  const { data, dims } = output.parse(await model(inputs)).logits;
  const width = dims[1];
  return texts.map((_, at) => data[at * width + width - 1] ?? Number.NEGATIVE_INFINITY);
}

